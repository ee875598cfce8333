import { describe, expect, it } from 'vitest';
import { makeEventItem } from '../tables/event-item.ts';
import { refusal, transaction } from '../test-support/events.ts';
import { commandsOf, shownEvent, withoutCredentials } from './event-shown.ts';

const SECRET = Buffer.from('\0alice\0wonderland').toString('base64');

describe('shownEvent', () => {
  it('shows an event as it was recorded, with its time and without what the table needs', () => {
    const shown = shownEvent(makeEventItem(refusal()));

    expect(shown).toEqual({
      type: 'refusal',
      id: 'e1',
      at: '2026-03-01T23:59:59.500Z',
      server: 'mx1',
      session: 's1',
      client: { address: '192.0.2.1', port: 4711, helo: 'client.example', tls: true },
      policyVersion: '0123456789abcdef',
      rule: 'command#VRFY',
      verb: 'VRFY',
      octets: 10,
      reply: '502 5.5.1 Command not allowed by policy',
    });
  });

  it('shows the commands of a transaction', () => {
    const commands = [{ verb: 'MAIL', octets: 13, reply: 250, line: 'MAIL FROM:<>', atMs: 4 }];

    expect(shownEvent(makeEventItem(transaction({ commands }))).commands).toEqual(commands);
  });

  it('shows no commands of an event that has none', () => {
    expect(shownEvent(makeEventItem(refusal()))).not.toHaveProperty('commands');
  });
});

describe('commandsOf', () => {
  it('leaves out what is no record of a command', () => {
    const commands = [{ verb: 'QUIT', octets: 6, reply: 221 }, 'QUIT', { verb: 'QUIT' }, null];

    expect(commandsOf({ commands })).toEqual([commands[0]]);
    expect(commandsOf({ commands: 'QUIT' })).toEqual([]);
  });
});

describe('withoutCredentials', () => {
  it.each([
    ['AUTH', `AUTH PLAIN ${SECRET}`, 'AUTH PLAIN'],
    ['AUTH', `auth  plain ${SECRET}`, 'AUTH plain'],
    ['AUTH', 'AUTH LOGIN', 'AUTH LOGIN'],
    ['AUTH', `AUTH SCRAM-SHA-256 ${SECRET}`, 'AUTH SCRAM-SHA-256'],
    ['AUTH', 'AUTH', 'AUTH'],
    // A password where the mechanism belongs.
    ['AUTH', `AUTH ${SECRET}`, 'AUTH'],
    ['AUTH', 'AUTH c2VjcmV0', 'AUTH'],
    ['AUTH', `AUTH PLAIN${SECRET}`, 'AUTH'],
    // A line of the exchange, and what a client sends that does not know it is over.
    ['AUTH', SECRET, undefined],
    ['AUTH', '*', undefined],
    ['unknown', SECRET, undefined],
    ['unknown', 'XCLIENT NAME=x', undefined],
    // Everything else is shown as it came.
    ['EHLO', 'EHLO client.example', 'EHLO client.example'],
    ['NOOP', 'NOOP', 'NOOP'],
    ['MAIL', undefined, undefined],
  ])('of %s "%s" shows "%s"', (verb, line, expected) => {
    const record = { verb, octets: 20, reply: 250, ...(line === undefined ? {} : { line }) };

    const shown = withoutCredentials(record);

    expect(shown).toEqual({ verb, octets: 20, reply: 250, ...(expected === undefined ? {} : { line: expected }) });
  });
});
