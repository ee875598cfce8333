import { describe, expect, it } from 'vitest';
import { VERBS } from '../../policy/verb.ts';
import { everyWay, type Move } from '../../test/support/every-way.ts';
import { testPolicy } from '../../test/support/policy.ts';
import {
  isIdleState,
  isWaitingState,
  OUT_OF_ORDER,
  type StateEvent,
  type StateKind,
  stateAfter,
  TRANSITIONS,
} from './session-state.ts';

const KINDS = Object.keys(TRANSITIONS) as StateKind[];
const EVENTS = [...new Set(KINDS.flatMap((kind) => Object.keys(TRANSITIONS[kind])))] as StateEvent[];

/** The states to which a state's events lead. */
function nextOf(kind: StateKind): readonly StateKind[] {
  return Object.values(TRANSITIONS[kind]);
}

describe('TRANSITIONS', () => {
  it.each(KINDS.filter((kind) => kind !== 'closed'))('lets %s end at any moment', (kind) => {
    expect(stateAfter(kind, 'end')).toBe('closed');
  });

  it('lets nothing follow the end', () => {
    expect(TRANSITIONS.closed).toEqual({});
  });

  it('leads from the start to every state', () => {
    const reached = new Set<StateKind>(['connected']);
    for (const kind of reached) for (const next of nextOf(kind)) reached.add(next);

    expect([...reached].sort()).toEqual([...KINDS].sort());
  });

  it.each(KINDS)('leaves %s neither idle and waiting at once', (kind) => {
    expect(isWaitingState(kind) && isIdleState(kind)).toBe(false);
  });

  it('begins content only where a next hop has opened it', () => {
    expect(KINDS.filter((kind) => nextOf(kind).includes('content'))).toEqual(['opening']);
  });

  it('hands a message on only after content, counted or not', () => {
    expect(KINDS.filter((kind) => nextOf(kind).includes('committing'))).toEqual(['content', 'counting']);
  });

  it('has no event for a verb where the verb is out of order', () => {
    const both = KINDS.flatMap((kind) =>
      Object.keys(OUT_OF_ORDER[kind] ?? {}).filter((verb) => Object.hasOwn(TRANSITIONS[kind], verb)),
    );

    expect(both).toEqual([]);
  });
});

describe('stateAfter', () => {
  it.each(KINDS.flatMap((kind) => EVENTS.map((event) => [kind, event] as const)))(
    'takes %s and %s by the table',
    (kind, event) => {
      const table: Readonly<Record<string, StateKind>> = TRANSITIONS[kind];
      const next = table[event];

      if (next !== undefined) expect(stateAfter(kind, event)).toBe(next);
      else expect(() => stateAfter(kind, event)).toThrow(`Session is ${kind}, where ${event} cannot come`);
    },
  );
});

describe('OUT_OF_ORDER', () => {
  const policy = testPolicy({ authentication: 'offered', authenticationRequiresTls: false, commandProfile: 'rfc5321' });
  const REACH: Record<string, Move> = {
    connected: '',
    ready: 'EHLO c\r\n',
    mail: 'EHLO c\r\nMAIL FROM:<alice@example.com>\r\n',
    rcpt: 'EHLO c\r\nMAIL FROM:<alice@example.com>\r\nRCPT TO:<bob@example.com>\r\n',
  };
  const rows = Object.entries(OUT_OF_ORDER).flatMap(([kind, verbs]) =>
    Object.entries(verbs).map(([verb, reply]) => [verb, kind, reply] as const),
  );

  it.each(rows)('answers %s in %s with its reply, and changes nothing', (verb, kind, reply) => {
    const driver = everyWay({ policy }, REACH[kind] ?? '', `${verb}\r\n`);

    expect(driver.replies.at(-1)).toBe(`${reply.code} ${reply.enhanced} ${reply.text}\r\n`);
    expect(driver.session.state).toBe(kind);
  });

  it('is 503 5.5.1 in each row', () => {
    for (const [, , reply] of rows) expect(reply).toMatchObject({ code: 503, enhanced: '5.5.1' });
  });

  it.each(Object.keys(REACH).flatMap((kind) => VERBS.map((verb) => [verb, kind] as const)))(
    'leaves no verb without a reply: %s in %s',
    (verb, kind) => {
      const before = everyWay({ policy }, REACH[kind] ?? '').replies.length;
      const driver = everyWay({ policy }, REACH[kind] ?? '', `${verb}\r\n`);

      expect(driver.replies.length).toBe(before + 1);
    },
  );
});
