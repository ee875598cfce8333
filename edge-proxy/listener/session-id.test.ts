import { expect, it } from 'vitest';
import { newSessionId } from './session-id.ts';

it('gives each session a name of its own, beyond what is fetched at once', () => {
  const ids = Array.from({ length: 3000 }, newSessionId);

  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[\w-]{12}$/.test(id))).toEqual([]);
});
