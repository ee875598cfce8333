import { describe, expect, it } from 'vitest';
import type { NextHop } from '../../policy/next-hop.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { refused, taken } from '../../test/support/answers.ts';
import { hopNamed } from '../../test/support/edge-proxy-bed.ts';
import { FakeNextHops, type HopBehaviour } from '../../test/support/edge-proxy-hops.ts';
import { Handover } from './handover.ts';
import { PartialDeliveries } from './partial-deliveries.ts';

const MTA = hopNamed('smtp://mta.example.com:25');
const OTHER = hopNamed('smtp://other.example.com:25');
const MAIL = { path: 'alice@example.com', isSmtpUtf8: false };
const TIMEOUTS = { connectSeconds: 1, replySeconds: 2, finalSeconds: 3 };
const TEN_OCTETS = Buffer.alloc(10);

function makeBed(behaviour: HopBehaviour = {}, served = new PartialDeliveries(() => 0)) {
  const hops = new FakeNextHops(behaviour);
  const drains: boolean[] = [];
  const onDrain = (): void => void drains.push(handover.isBlocked);
  const handover: Handover = new Handover({ nextHops: hops, served, client: '192.0.2.1', onDrain });
  const offer = async (forwardPath: string, hop: NextHop = MTA, identity?: string): Promise<HopAnswer> => {
    const group = { offers: [{ nextHop: hop, forwardPath }], mail: MAIL, identity, timeouts: TIMEOUTS };
    const [answer] = await new Promise<readonly HopAnswer[]>((resolve) => handover.offerRecipients(group, resolve));
    if (answer === undefined) throw new TypeError('No answer came');
    return answer;
  };
  return { hops, handover, offer, drains };
}

/** What a group for both hops heard, in the order in which it was told. */
async function offerGroup(
  handover: Handover,
  group: readonly (readonly [string, NextHop])[],
  isLast = false,
): Promise<HopAnswer[]> {
  const offers = group.map(([forwardPath, nextHop]) => ({ forwardPath, nextHop }));
  const told: HopAnswer[] = [];
  return new Promise((resolve) => {
    handover.offerRecipients({ offers, mail: MAIL, isLast, identity: undefined, timeouts: TIMEOUTS }, (answers) => {
      told.push(...answers);
      if (told.length === group.length) resolve(told);
    });
  });
}

describe('a group of recipients', () => {
  const GROUP = [
    ['bob@example.com', MTA],
    ['dora@other.example', OTHER],
    ['carol@example.com', MTA],
  ] as const;

  it('goes to each hop at once, and is answered in its order whichever answers first', async () => {
    const late = Promise.withResolvers<HopAnswer>();
    const recipient = (path: string) => (path === 'bob@example.com' ? late.promise : taken({ code: 250, text: path }));
    const { hops, handover } = makeBed({ recipient });

    const told = offerGroup(handover, GROUP);
    await new Promise(setImmediate);
    expect(hops.transactions.map(({ recipients }) => recipients)).toEqual([
      ['bob@example.com', 'carol@example.com'],
      ['dora@other.example'],
    ]);
    late.resolve(taken({ code: 250, text: 'bob@example.com' }));

    expect((await told).map(({ reply }) => reply.text)).toEqual(GROUP.map(([path]) => path));
  });

  it('has DATA after it at the hop of the last alone', async () => {
    const { hops, handover } = makeBed();

    await offerGroup(handover, GROUP, true);

    expect(hops.transactions.map(({ wasLast }) => wasLast)).toEqual([true, false]);
  });

  it('is a part of the message for those alone that were taken', async () => {
    const { handover } = makeBed({
      recipient: (path) => (path.startsWith('carol') ? refused(REPLIES.badForwardPath) : taken(REPLIES.recipientOk)),
    });

    await offerGroup(handover, GROUP);

    expect(handover.parts.map(({ recipients }) => recipients)).toEqual([['bob@example.com'], ['dora@other.example']]);
  });
});

describe('recipients', () => {
  it('go to one transaction at one hop, with the mail and the times of its start', async () => {
    const { hops, offer } = makeBed();

    await offer('bob@example.com');
    await offer('carol@example.com', hopNamed('smtp://MTA.example.com'));

    expect(hops.transactions).toHaveLength(1);
    expect(hops.last.recipients).toEqual(['bob@example.com', 'carol@example.com']);
    expect(hops.last.options).toMatchObject({ mail: MAIL, timeouts: TIMEOUTS, client: '192.0.2.1' });
  });

  it('for another hop go to that one, in a transaction of its own', async () => {
    const { hops, offer } = makeBed();

    await offer('bob@example.com');
    await offer('dora@other.example', OTHER);
    await offer('carol@example.com');

    expect(hops.transactions.map(({ recipients }) => recipients)).toEqual([
      ['bob@example.com', 'carol@example.com'],
      ['dora@other.example'],
    ]);
  });

  it('of the next transaction may go to another hop', async () => {
    const { hops, handover, offer } = makeBed();
    await offer('bob@example.com');
    handover.abandon();

    const answer = await offer('dora@other.example', OTHER);

    expect(answer.isTaken).toBe(true);
    expect(hops.last.hopName).toContain('other.example.com');
  });

  it('are answered as the hop answers', async () => {
    const answer = refused(REPLIES.relayDenied);

    expect(await makeBed({ recipient: () => answer }).offer('bob@example.com')).toBe(answer);
  });
});

describe('content', () => {
  it('blocks when the hop is behind, and goes on once when it has drained', async () => {
    const { hops, handover, offer, drains } = makeBed({ roomOctets: 15 });
    await offer('bob@example.com');
    await handover.startContent();

    handover.write(TEN_OCTETS);
    const afterTen = handover.isBlocked;
    handover.write(TEN_OCTETS);
    const afterTwenty = handover.isBlocked;
    hops.last.drain();
    hops.last.drain();

    expect([afterTen, afterTwenty, handover.isBlocked]).toEqual([false, true, false]);
    expect(drains).toEqual([false]);
  });

  // However a transaction ends, a late drain of its hop neither blocks nor wakes what follows.
  it.each([
    ['finished', (handover: Handover) => handover.finish()],
    ['abandoned', (handover: Handover) => handover.abandon()],
  ])('is no longer blocked once %s', async (ending, end) => {
    const { hops, handover, offer, drains } = makeBed({ roomOctets: 5 });
    await offer('bob@example.com');
    await handover.startContent();
    handover.write(TEN_OCTETS);

    await end(handover);
    hops.last.drain();

    expect(handover.isBlocked).toBe(false);
    expect(drains).toEqual([]);
    expect(hops.last.ending).toBe(ending);
  });

  it('of a new transaction is not let go by the drain of the one before', async () => {
    const { hops, handover, offer, drains } = makeBed({ roomOctets: 5 });
    await offer('bob@example.com');
    await handover.startContent();
    handover.write(TEN_OCTETS);
    const before = hops.last;
    handover.abandon();
    await offer('bob@example.com');
    await handover.startContent();
    handover.write(TEN_OCTETS);

    before.drain();

    expect(handover.isBlocked).toBe(true);
    expect(drains).toEqual([]);
  });

  // Its memory is given back by what this tells.
  it.each([true, false, undefined])(
    'has left or not (%s) as its transaction says, behind its end too',
    async (isSent) => {
      const judged = Promise.withResolvers<HopAnswer>();
      const { hops, handover, offer } = makeBed({ finish: () => judged.promise });
      await offer('bob@example.com');
      await handover.startContent();
      handover.write(TEN_OCTETS);
      hops.last.isSent = isSent;

      const before = handover.isSent;
      const finished = handover.finish();
      const behind = handover.isSent;
      judged.resolve(taken(REPLIES.ok));
      await finished;
      await offer('bob@example.com');

      expect([before, behind]).toEqual([isSent, isSent]);
      expect(handover.isSent).toBe(hops.last.isSent);
      expect(hops.transactions).toHaveLength(2);
    },
  );

  it("of a transaction given up is no one's to tell of, whatever the one before says", async () => {
    const { hops, handover, offer } = makeBed();
    await offer('bob@example.com');
    await handover.startContent();
    await handover.finish();
    hops.last.isSent = true;
    await offer('bob@example.com');
    await handover.startContent();
    handover.write(TEN_OCTETS);

    handover.abandon();

    expect(handover.isSent).toBeUndefined();
  });

  it('may be abandoned twice, and without a transaction', () => {
    const { handover } = makeBed();

    handover.abandon();
    handover.abandon();

    expect(handover.isBlocked).toBe(false);
  });

  it('without a transaction is a fault of ours', async () => {
    const { handover } = makeBed();

    expect(() => handover.write(TEN_OCTETS)).toThrow(TypeError);
    expect(() => handover.startContent()).toThrow(TypeError);
    await expect(handover.finish()).rejects.toThrow(TypeError);
  });
});

describe('several hops', () => {
  const SES: NextHop = { kind: 'ses' };
  const REFUSED = refused({ code: 554, enhanced: '5.6.0', text: 'Content refused' });
  const DEFERRED = refused({ code: 451, enhanced: '4.3.0', text: 'Try later' });

  /** A message of alice's to bob at the MTA and to dora by SES, as one try of it ends. */
  async function attempt(
    answers: Readonly<Record<string, HopAnswer>>,
    served?: PartialDeliveries,
    change: Change = {},
  ) {
    const order: string[] = [];
    const { hops, handover, offer } = makeBed({}, served);
    for (const [recipient, hop] of [
      ['bob@example.com', MTA],
      ['dora@other.example', SES],
    ] as const) {
      hops.behaviour = {
        finish: () => {
          order.push(hop.kind);
          return answers[hop.kind] ?? taken(REPLIES.ok);
        },
      };
      await offer(recipient, hop, change.identity);
    }
    await handover.startContent();
    handover.writeTrace(Buffer.from(`Received: ${Math.random()}\r\n`));
    handover.write(Buffer.from(change.content ?? 'Hello\r\n'));
    const answer = await handover.finish();
    return { order, answer, hops };
  }
  interface Change {
    readonly identity?: string;
    readonly content?: string;
  }

  it('all get the whole content, and commit in turn, SES first', async () => {
    const { order, answer, hops } = await attempt({});

    expect(order).toEqual(['ses', 'smtp']);
    expect(answer.isTaken).toBe(true);
    for (const { content } of hops.transactions) expect(content).toMatch(/^Received: .*\r\nHello\r\n$/);
  });

  it('are all dropped when the first refuses, and its words are the client’s', async () => {
    const { order, answer, hops } = await attempt({ ses: REFUSED });

    expect(order).toEqual(['ses']);
    expect(answer).toEqual(REFUSED);
    expect(hops.transactions.map(({ ending }) => ending)).toEqual(['abandoned', 'finished']);
  });

  it('are all dropped when any of them has refused before the end', async () => {
    const { hops, handover, offer } = makeBed();
    await offer('dora@other.example', SES);
    await offer('bob@example.com', MTA);
    await handover.startContent();
    handover.write(TEN_OCTETS);
    hops.last.refusal = REFUSED;

    const answer = await handover.finish();

    expect(answer).toEqual(REFUSED);
    expect(hops.transactions.map(({ ending }) => ending)).toEqual(['abandoned', 'abandoned']);
  });

  it('name the recipients already served when a later one refuses for good', async () => {
    const { answer } = await attempt({ smtp: REFUSED });

    expect(answer).toMatchObject({ isTaken: false, reply: { code: 554, enhanced: '5.6.0' } });
    expect(answer.reply.text).toBe('Content refused; already delivered to dora@other.example');
  });

  it('that were served are spared the retry when a later one put it off', async () => {
    const served = new PartialDeliveries(() => 0);
    const first = await attempt({ smtp: DEFERRED }, served);
    const second = await attempt({}, served);
    const third = await attempt({}, served);

    expect(first.answer.reply).toEqual(DEFERRED.reply);
    expect(second.order).toEqual(['smtp']);
    expect(second.answer).toMatchObject({
      isTaken: true,
      detail: expect.stringContaining('ses: taken at an earlier try;'),
    });
    expect(second.hops.transactions.map(({ ending }) => ending)).toEqual(['finished', 'abandoned']);
    // Once it is everywhere, the same message again is a new one.
    expect(third.order).toEqual(['ses', 'smtp']);
  });

  it.each<[string, Change]>([
    ['another content', { content: 'Hello again\r\n' }],
    ['another identity', { identity: 'alice' }],
  ])('are not spared %s', async (_what, change) => {
    const served = new PartialDeliveries(() => 0);
    await attempt({ smtp: DEFERRED }, served);

    const { order } = await attempt({}, served, change);

    expect(order).toEqual(['ses', 'smtp']);
  });

  it('spare the recipients that SES had taken when it put the others off, in whatever order they come again', async () => {
    const served = new PartialDeliveries(() => 0);
    const recipients = Array.from({ length: 60 }, (_, index) => `r${index}@example.net`);
    const first = makeBed({ finish: () => ({ ...DEFERRED, served: recipients.slice(0, 50) }) }, served);
    const second = makeBed({}, served);

    const answers: HopAnswer[] = [];
    for (const [bed, order] of [
      [first, recipients],
      [second, recipients.toReversed()],
    ] as const) {
      for (const recipient of order) await bed.offer(recipient, SES);
      await bed.handover.startContent();
      bed.handover.write(TEN_OCTETS);
      answers.push(await bed.handover.finish());
    }

    expect(answers[0]).toMatchObject({ reply: DEFERRED.reply, detail: expect.stringContaining('ses took it for 50;') });
    expect(answers[1]?.isTaken).toBe(true);
    expect(second.hops.last.spared.toReversed()).toEqual(recipients.slice(0, 50));
    expect(served.isEmpty).toBe(true);
  });

  it('name the recipients that SES had taken when it refuses the others for good', async () => {
    const { handover, offer } = makeBed({ finish: () => ({ ...REFUSED, served: ['r0@example.net'] }) });
    for (let index = 0; index < 60; index += 1) await offer(`r${index}@example.net`, SES);
    await handover.startContent();
    handover.write(TEN_OCTETS);

    const answer = await handover.finish();

    expect(answer.reply.text).toBe('Content refused; already delivered to r0@example.net');
  });

  it('forget after an hour', async () => {
    let nowMs = 0;
    const served = new PartialDeliveries(() => nowMs);
    await attempt({ smtp: DEFERRED }, served);

    nowMs = 3_599_999;
    const before = await attempt({ smtp: DEFERRED }, served);
    nowMs += 3_600_000;
    const after = await attempt({}, served);

    expect(before.order).toEqual(['smtp']);
    expect(after.order).toEqual(['ses', 'smtp']);
  });

  it('recognise a retry that goes to the served hop alone', async () => {
    const served = new PartialDeliveries(() => 0);
    await attempt({ smtp: DEFERRED }, served);
    const { hops, handover, offer } = makeBed({}, served);
    await offer('dora@other.example', SES);
    await handover.startContent();
    handover.writeTrace(Buffer.from('Received: later\r\n'));
    handover.write(Buffer.from('Hello\r\n'));

    const answer = await handover.finish();

    expect(answer.isTaken).toBe(true);
    expect(hops.last.ending).toBe('abandoned');
  });

  it('are all given up when one does not open the content', async () => {
    const { hops, handover, offer } = makeBed();
    await offer('bob@example.com');
    hops.behaviour = { startContent: () => DEFERRED };
    await offer('dora@other.example', OTHER);

    const answer = await handover.startContent();

    expect(answer).toEqual(DEFERRED);
    expect(hops.transactions.map(({ ending }) => ending)).toEqual(['abandoned', 'abandoned']);
  });

  it('that took no recipient are left out', async () => {
    const { hops, handover, offer } = makeBed();
    await offer('bob@example.com');
    hops.behaviour = { recipient: () => REFUSED };
    await offer('dora@other.example', OTHER);

    await handover.startContent();

    expect(hops.transactions.map(({ ending }) => ending)).toEqual([undefined, 'abandoned']);
  });

  it('hold the client back while any of them is behind', async () => {
    const { hops, handover, offer, drains } = makeBed({ roomOctets: 5 });
    await offer('bob@example.com');
    await offer('dora@other.example', OTHER);
    await handover.startContent();
    handover.write(TEN_OCTETS);

    hops.transactions[0]?.drain();
    const afterOne = handover.isBlocked;
    hops.transactions[1]?.drain();

    expect([afterOne, handover.isBlocked]).toEqual([true, false]);
    expect(drains).toEqual([false]);
  });
});
