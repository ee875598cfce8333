/** The forms of the From field beside the readers that npm and Debian have; `FROM_TABLE=1` prints who shows what. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOREIGN_FORMS, type FromForm, LAWFUL_FORMS, REFUSED_FORMS } from './forms.ts';
import { SENDERS } from './messages.ts';
import { canRun, READER_PROGRAMS, ReaderProcess } from './reader-process.ts';
import { type Authors, npmAuthors } from './readers.ts';
import { foreignAuthors, judge } from './verdict.ts';

let processes: readonly ReaderProcess[] = [];

beforeAll(() => {
  processes = Object.values(READER_PROGRAMS)
    .filter(canRun)
    .map((program) => new ReaderProcess(program));
});
afterAll(() => {
  for (const one of processes) one.close();
});

async function authorsOf(message: Buffer): Promise<Authors> {
  const found = await Promise.all([npmAuthors(message), ...processes.map((one) => one.read(message))]);
  return Object.assign({}, ...found) as Authors;
}

function messageWith({ value }: FromForm): Buffer {
  return Buffer.from(`From:${value}\r\nSubject: x\r\n\r\nx\r\n`);
}

async function compare(form: FromForm) {
  const { isTaken, message } = judge(messageWith(form), SENDERS);
  const authors = await authorsOf(message);
  if (process.env.FROM_TABLE !== undefined) {
    const shown = Object.entries(authors).map(([reader, addresses]) => `${reader}: ${addresses.join(', ')}`);
    process.stdout.write(
      `${isTaken ? 'taken  ' : 'refused'} From:${form.value.slice(0, 100)}\n    ${shown.join('\n    ')}\n`,
    );
  }
  return { isTaken, foreign: foreignAuthors(authors, SENDERS) };
}

describe('a form that programs write is taken, and shown as the user by all readers', () => {
  it.each(LAWFUL_FORMS)('$from: $value', async (form) => {
    expect(await compare(form)).toEqual({ isTaken: true, foreign: [] });
  });
});

describe('a form that can be read in two ways, or as no one, is refused', () => {
  it.each(REFUSED_FORMS)('$from: $value', async (form) => {
    expect(await compare(form)).toMatchObject({ isTaken: false });
  });
});

describe("another's address is refused, and shown by a reader", () => {
  it.for(FOREIGN_FORMS)('$from: $value', async (form, { skip }) => {
    const { isTaken, foreign } = await compare(form);

    expect(isTaken).toBe(false);
    const hasAllReaders = processes.length === Object.keys(READER_PROGRAMS).length;
    skip(foreign.length === 0 && !hasAllReaders, 'The reader that shows it is not here');
    expect(foreign).not.toEqual([]);
  });
});
