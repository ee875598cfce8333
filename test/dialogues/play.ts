/** Plays a dialogue against whatever speaks SMTP: the machine, or an edge proxy over sockets. */
import { expect } from 'vitest';
import type { SessionEvent } from '../../policy/event.ts';
import { assertNever } from '../../policy/result.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { Dialogue, ExpectedEvent, NumberedStep, Setup } from './dialogue.ts';
import { policyOf } from './scene.ts';

export interface Peer {
  send(octets: Buffer): Promise<void>;
  /** The next reply line without its CR LF; `undefined` when the peer closed, or does not say one. */
  nextLine(): Promise<string | undefined>;
  /** Reply lines that came and were not asked for. */
  unread(): readonly string[];
  /** Whether the peer closes, now that all was said. */
  closes(): Promise<boolean>;
  startTls(): Promise<void>;
  /** Closes our side only. */
  end(): Promise<void>;
  reset(): Promise<void>;
  wait(seconds: number): Promise<void>;
  offerPolicy(policy: Policy): void;
  shutDown(): void;
  /** What the next hop was told. */
  hopLines(): readonly string[];
  events(): readonly SessionEvent[];
  /** Checks what must come true, at once or as soon as the peer has had its time. */
  eventually(check: () => void): Promise<void>;
}

export async function play(dialogue: Dialogue, peer: Peer): Promise<void> {
  let setup: readonly Setup[] = dialogue.setup;
  for (const step of dialogue.steps) {
    if (step.kind === 'policy') {
      setup = [...setup, ...step.setup];
      peer.offerPolicy(policyOf(setup));
    } else {
      await playStep(step, peer);
    }
  }
  expect(peer.unread(), 'replies that nobody expected').toEqual([]);
  await peer.eventually(() => {
    expect(peer.hopLines(), 'what the next hop was told').toEqual(dialogue.hop);
    expectEvents(peer.events(), dialogue.events);
  });
}

async function playStep(step: Exclude<NumberedStep, { kind: 'policy' }>, peer: Peer): Promise<void> {
  const at = `line ${step.line}`;
  switch (step.kind) {
    case 'send':
      expect(peer.unread(), `${at}: replies that nobody expected`).toEqual([]);
      return peer.send(step.octets);
    case 'reply': {
      const line = await peer.nextLine();
      expect(step.isPrefix ? line?.slice(0, step.text.length) : line, at).toBe(step.text);
      return;
    }
    case 'code': {
      let line: string | undefined;
      do {
        line = await peer.nextLine();
        expect(line?.slice(0, 3), at).toBe(step.code);
      } while (line?.[3] === '-');
      return;
    }
    case 'close':
      expect(await peer.nextLine(), `${at}: closes`).toBeUndefined();
      expect(await peer.closes(), `${at}: closes`).toBe(true);
      return;
    case 'tls':
      return peer.startTls();
    case 'fin':
      return peer.end();
    case 'reset':
      return peer.reset();
    case 'wait':
      return peer.wait(step.seconds);
    case 'shutdown':
      return peer.shutDown();
    default:
      return assertNever(step);
  }
}

function expectEvents(recorded: readonly SessionEvent[], expected: readonly ExpectedEvent[]): void {
  let from = 0;
  for (const event of expected) {
    const at = recorded.findIndex((candidate, index) => index >= from && fits(candidate, event));
    expect(at, `event ${JSON.stringify(event)} in ${JSON.stringify(recorded)}`).toBeGreaterThanOrEqual(from);
    from = at + 1;
  }
}

function fits(event: SessionEvent, { type, fields }: ExpectedEvent): boolean {
  const values: Readonly<Record<string, unknown>> = event;
  return event.type === type && Object.entries(fields).every(([name, value]) => String(values[name]) === value);
}
