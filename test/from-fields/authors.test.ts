/**
 * Invariant: an address that any reader in use shows as an author is one that the user may use, or the message is
 * refused.
 *
 * 5,000 messages, the same on each run; `FROM_FIELDS=200000 npx vitest run test/from-fields` takes as many, and
 * `FAST_CHECK_SEED` others.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../fuzz/random.ts';
import { LAWFUL_FORMS } from './forms.ts';
import { randomMessage, SENDERS } from './messages.ts';
import { canRun, READER_PROGRAMS, ReaderProcess } from './reader-process.ts';
import { npmAuthors } from './readers.ts';
import { foreignAuthors, judge } from './verdict.ts';

const COUNT = Number(process.env.FROM_FIELDS ?? 5000);
const SEED = Number(process.env.FAST_CHECK_SEED ?? 5322);
/** Milliseconds a message, many times what it takes. */
const BOUND_MS = 20;
/** Messages that are read at a time. */
const BATCH = 50;
/** How many of those that must not be are shown. */
const MAX_SHOWN = 5;

const hasPython = canRun(READER_PROGRAMS.python);
let python: ReaderProcess | undefined;

beforeAll(() => {
  if (hasPython) python = new ReaderProcess(READER_PROGRAMS.python);
});
afterAll(() => python?.close());

async function foreign(content: Buffer): Promise<readonly string[] | undefined> {
  const { isTaken, message } = judge(content, SENDERS);
  if (!isTaken) return undefined;
  const [authors, pythons] = await Promise.all([npmAuthors(message), python?.read(message)]);
  return foreignAuthors({ ...authors, ...pythons }, SENDERS);
}

it(
  `shows no reader another author${hasPython ? '' : ' (Python is not here: npm readers alone)'}`,
  async () => {
    const random = new Random(SEED);
    const found: string[] = [];
    let taken = 0;
    for (let done = 0; done < COUNT && found.length < MAX_SHOWN; done += BATCH) {
      const contents = Array.from({ length: BATCH }, () => randomMessage(random));
      const outcomes = await Promise.all(contents.map(foreign));
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome === undefined) continue;
        taken += 1;
        if (outcome.length > 0)
          found.push(`${JSON.stringify(contents[index]?.toString('latin1'))} ${outcome.join(', ')}`);
      }
    }

    expect(found).toEqual([]);
    // A check that takes nothing would show no one.
    expect(taken).toBeGreaterThan(COUNT / 20);
    if (process.env.FROM_FIELDS !== undefined) process.stdout.write(`${COUNT} messages, ${taken} taken\n`);
  },
  30_000 + COUNT * BOUND_MS,
);

it.each(LAWFUL_FORMS)('takes what programs write: $from', async ({ value }) => {
  const content = Buffer.from(`From:${value}\r\nSubject: x\r\n\r\nx\r\n`);

  expect(await foreign(content)).toEqual([]);
});
