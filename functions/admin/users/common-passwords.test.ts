import { expect, it } from 'vitest';
import { isCommonPassword } from './common-passwords.ts';

it.each(['password', '12345678', 'Trustno1', 'PASSWORD1', 'qwertyuiop', 'pass\u00ADword'])(
  'is common: %j',
  async (password) => {
    expect(await isCommonPassword(password)).toBe(true);
  },
);

it.each(['correct horse battery staple', 'another horse', '', 'password\u0007', 'constructor', '__proto__'])(
  'is not common: %j',
  async (password) => {
    expect(await isCommonPassword(password)).toBe(false);
  },
);
