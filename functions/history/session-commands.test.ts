import { describe, expect, it } from 'vitest';
import type { CommandRecord } from '../../policy/event.ts';
import { commandsInOrder, type SessionCommands, type TransactionCommands } from './session-commands.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');

/** `EHLO 250 @5` */
function record(text: string): CommandRecord {
  const [, verb = '', reply, atMs] = /^(\w+) (\d+)(?: @(\d+))?$/.exec(text) ?? [];
  return { verb, octets: 10, reply: Number(reply), ...(atMs === undefined ? {} : { atMs: Number(atMs) }) };
}

function transaction(
  transaction: string,
  lines: readonly string[],
  startMs: number,
  endMs: number,
): TransactionCommands {
  return { transaction, commands: lines.map(record), startMs, endMs };
}

function order(
  commands: readonly string[],
  transactions: readonly TransactionCommands[],
  more: Partial<SessionCommands> = {},
): string[] {
  const session = { startedAtMs: START, commands: commands.map(record), transactions, loginsMs: [], ...more };
  return commandsInOrder(session).map(({ verb, transaction: id }) => (id === undefined ? verb : `${id}:${verb}`));
}

describe('commandsInOrder', () => {
  it('puts each transaction where its time says', () => {
    const found = order(
      ['EHLO 250 @1', 'NOOP 250 @20', 'RSET 250 @40', 'QUIT 221 @60'],
      [transaction('1', ['MAIL 250 @10', 'RCPT 250 @11'], 10, 15), transaction('2', ['MAIL 250 @30'], 30, 40)],
    );

    expect(found).toEqual(['EHLO', '1:MAIL', '1:RCPT', 'NOOP', '2:MAIL', 'RSET', 'QUIT']);
  });

  it('gives each command the time of its reply', () => {
    const [ehlo, mail] = commandsInOrder({
      startedAtMs: START,
      commands: [record('EHLO 250 @1500')],
      transactions: [transaction('1', ['MAIL 250'], 2000, 2000)],
      loginsMs: [],
    });

    expect(ehlo?.at).toBe('2026-03-01T12:00:01.500Z');
    expect(mail).not.toHaveProperty('at');
  });

  // Everything in one millisecond, as a pipelining client on the same machine has it.
  it.each([
    ['EHLO comes before', ['EHLO 250 @5'], [['MAIL 250 @5', 'DATA 354 @5']], ['EHLO', '1:MAIL', '1:DATA']],
    [
      'QUIT comes behind',
      ['EHLO 250 @4', 'QUIT 221 @5'],
      [['MAIL 250 @5', 'DATA 354 @5']],
      ['EHLO', '1:MAIL', '1:DATA', 'QUIT'],
    ],
    [
      'each RSET comes behind what it gave up',
      ['EHLO 250 @5', 'RSET 250 @5', 'RSET 250 @5', 'QUIT 221 @5'],
      [['MAIL 250 @5'], ['MAIL 250 @5', 'RCPT 550 @5']],
      ['EHLO', '1:MAIL', 'RSET', '2:MAIL', '2:RCPT', 'RSET', 'QUIT'],
    ],
    [
      'a RSET comes behind the message before what it gave up',
      ['EHLO 250 @4', 'RSET 250 @5'],
      [
        ['MAIL 250 @5', 'DATA 354 @5'],
        ['MAIL 250 @5', 'DATA 554 @5'],
      ],
      ['EHLO', '1:MAIL', '1:DATA', '2:MAIL', '2:DATA', 'RSET'],
    ],
    [
      'a RSET that gave up nothing comes before',
      ['EHLO 250 @4', 'RSET 250 @5'],
      [['MAIL 250 @5', 'DATA 354 @5']],
      ['EHLO', 'RSET', '1:MAIL', '1:DATA'],
    ],
    [
      'nothing comes behind a transaction before a greeting under TLS',
      ['EHLO 250 @5', 'STARTTLS 220 @5', 'EHLO 250 @5'],
      [['MAIL 250 @5']],
      ['EHLO', 'STARTTLS', 'EHLO', '1:MAIL'],
    ],
  ])('%s', (_, commands, transactions, expected) => {
    const found = order(
      commands,
      transactions.map((lines, index) => transaction(String(index + 1), lines, 5, 5)),
    );

    expect(found).toEqual(expected);
  });

  it('orders records without times by logins, transactions and the end', () => {
    const found = order(
      ['EHLO 250', 'AUTH 334', 'AUTH 535', 'AUTH 235', 'QUIT 221'],
      [transaction('1', ['MAIL 250'], 30, 40)],
      { loginsMs: [20, 50], endMs: 60 },
    );

    expect(found).toEqual(['EHLO', 'AUTH', 'AUTH', '1:MAIL', 'AUTH', 'QUIT']);
  });

  it('shows the transactions of a session that still runs', () => {
    expect(order([], [transaction('1', ['MAIL 250 @3'], 3, 3)])).toEqual(['1:MAIL']);
  });
});
