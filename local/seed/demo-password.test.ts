import { statSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { demoPasswordPath, keptDemoPassword } from './demo-password.ts';

it('is made once, long, and for its owner alone', () => {
  const home = temporaryDirectory();

  const password = keptDemoPassword(home);

  expect(password).toMatch(/^[A-Za-z2-9]{20}$/);
  expect(keptDemoPassword(home)).toBe(password);
  expect(statSync(demoPasswordPath(home)).mode & 0o777).toBe(0o600);
});

it('is what the file says', () => {
  const home = temporaryDirectory();
  writeFileSync(demoPasswordPath(home), 'chosen by hand\n');

  expect(keptDemoPassword(home)).toBe('chosen by hand');
});
