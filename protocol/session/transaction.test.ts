import { describe, expect, it } from 'vitest';
import { MAX_RECORDED_LINE, type RecipientRecord, type Verdict } from '../../policy/event.ts';
import { answerText, newTransaction, noteHopTls, replyLine, transactionEvent, verdictOf } from './transaction.ts';

const STARTED_MS = 5000;
const SCREEN = { mode: 'on', action: 'hold', rule: 'screen#1' } as never;

function recipient(reply: number, nextHop?: string): RecipientRecord {
  const record = { address: `r${reply}@example.com`, reply, rule: 'domain#example.com' };
  return (nextHop === undefined ? record : { ...record, nextHop }) as RecipientRecord;
}

function transactionTo(...recipients: RecipientRecord[]) {
  const transaction = newTransaction('t1', { path: 'a@example.com', isSmtpUtf8: false }, STARTED_MS);
  transaction.recipients.push(...recipients);
  transaction.acceptedRecipients = recipients.filter(({ reply }) => reply < 300).length;
  return transaction;
}

it.each([
  [250, 'accepted'],
  [399, 'accepted'],
  [400, 'deferred'],
  [499, 'deferred'],
  [500, 'refused'],
  [554, 'refused'],
] as const)('a reply %i means %s', (code, verdict) => {
  expect(verdictOf({ code, text: 'x' })).toBe(verdict);
});

describe('a reply in one line', () => {
  it.each([
    [{ code: 354, text: 'Go on' }, '354 Go on'],
    [{ code: 250, enhanced: '2.0.0', text: 'OK' }, '250 2.0.0 OK'],
    [{ code: 250, text: '' }, '250'],
    [{ code: 550, enhanced: '5.7.1', text: '' }, '550 5.7.1'],
    [{ code: 550, enhanced: '5.7.1', text: 'No.\nNever.' }, '550-5.7.1 No. 550 5.7.1 Never.'],
  ])('%j is %s', (reply, line) => {
    expect(replyLine(reply)).toBe(line);
  });
});

describe('what records keep of a reply', () => {
  it.each([
    [{ code: 334, text: 'UGFzc3dvcmQ6' }, ''],
    [{ code: 354, text: 'Go on' }, 'Go on'],
    [{ code: 550, enhanced: '5.7.1', text: 'No.\nNever.' }, '5.7.1 No.'],
    [{ code: 550, enhanced: '5.7.1', text: 'x'.repeat(5000) }, `5.7.1 ${'x'.repeat(5000)}`.slice(0, MAX_RECORDED_LINE)],
  ])('of %j', (reply, kept) => {
    expect(answerText(reply)).toBe(kept);
  });
});

it.each([
  [[true], true],
  [[true, false], false],
  [[false, true], false],
  [[undefined], undefined],
  [[true, undefined], true],
])('hops under TLS %j make %s', (hops, expected) => {
  const transaction = transactionTo();

  for (const isTls of hops) {
    const answer = { isTaken: true, rule: 'x', reply: { code: 250, text: 'OK' } } as const;
    noteHopTls(transaction, isTls === undefined ? answer : { ...answer, isTls });
  }

  expect(transaction.hopTls).toBe(expected);
});

describe('what became of a message', () => {
  const OUTCOMES: readonly [verdict: Verdict, outcomes: readonly string[], accepted: number, refused: number][] = [
    ['accepted', ['accepted', 'accepted', 'deferred', 'deferred', 'refused', 'refused'], 2, 4],
    ['held', ['held', 'held', 'deferred', 'deferred', 'refused', 'refused'], 2, 4],
    ['discarded', ['discarded', 'discarded', 'deferred', 'deferred', 'refused', 'refused'], 2, 4],
    ['deferred', ['deferred', 'deferred', 'deferred', 'deferred', 'refused', 'refused'], 0, 6],
    ['refused', ['refused', 'refused', 'deferred', 'deferred', 'refused', 'refused'], 0, 6],
    ['abandoned', ['abandoned', 'abandoned', 'deferred', 'deferred', 'refused', 'refused'], 0, 4],
  ];
  it.each(OUTCOMES)('that is %s, for each recipient', (verdict, outcomes, acceptedCount, refusedCount) => {
    const transaction = transactionTo(...[250, 399, 400, 499, 500, 550].map((reply) => recipient(reply)));
    transaction.outcome = { verdict, rule: 'screen#1', reply: '250 OK' };

    const event = transactionEvent(transaction, 'quit', STARTED_MS + 20);

    expect(event).toMatchObject({ verdict, acceptedCount, refusedCount, rule: 'screen#1', durationMs: 20 });
    expect(transaction.recipients.map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  it('that no content followed, by what ended it, or by the last refusal where no recipient was taken', () => {
    const refusal = { verdict: 'refused', rule: 'domain', reply: '550 5.7.1 No' } as const;
    const [refused, taken, asked] = [transactionTo(recipient(550)), transactionTo(recipient(250)), transactionTo()];
    for (const transaction of [refused, taken]) transaction.lastRefusal = refusal;

    const events = [refused, taken, asked].map((transaction) => transactionEvent(transaction, 'RSET', STARTED_MS));

    expect(events.map((event) => event.type === 'transaction' && [event.verdict, event.rule, event.reply])).toEqual([
      ['refused', 'domain', '550 5.7.1 No'],
      ['abandoned', 'RSET', ''],
      ['abandoned', 'RSET', ''],
    ]);
  });

  it('names the hop of the first recipient that was taken, and what else is known, and nothing that is not', () => {
    const known = transactionTo(
      recipient(550, 'refused'),
      recipient(300, 'odd'),
      recipient(250, 'first'),
      recipient(250, 'second'),
    );
    Object.assign(known, { hopTls: true, messageId: '<1@example.com>', screen: SCREEN });
    known.outcome = { verdict: 'accepted', rule: 'next-hop', reply: '250 OK', detail: 'queued' };

    expect(transactionEvent(known, 'quit', STARTED_MS)).toMatchObject({
      nextHop: 'first',
      hopTls: true,
      messageId: '<1@example.com>',
      screen: SCREEN,
      detail: 'queued',
    });
    const bare = Object.keys(transactionEvent(transactionTo(recipient(550)), 'quit', STARTED_MS - 10));
    expect(bare).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:nextHop|hopTls|messageId|screen|detail)$/)]),
    );
    expect(transactionEvent(transactionTo(), 'quit', STARTED_MS - 10)).toMatchObject({ durationMs: 0 });
  });
});
