import { describe, expect, it } from 'vitest';
import { REPLIES } from '../../../policy/reply.ts';
import { MAX_SES_MESSAGE_OCTETS } from '../../../protocol/hop/ses-recipient.ts';
import { OctetBudget } from '../../octet-budget.ts';
import { SesMessage } from './message.ts';
import { SES_REPLIES } from './replies.ts';

const MEBI = Buffer.alloc(1_048_576, 'x');

describe('OctetBudget', () => {
  it('reserves to the last octet and not one more', () => {
    const budget = new OctetBudget(10);

    expect(budget.reserve(9)).toBe(true);
    expect(budget.reserve(2)).toBe(false);
    expect(budget.reserve(1)).toBe(true);
    expect(budget.octetsInFlight).toBe(10);
  });

  it('throws when more is given back than was taken', () => {
    const budget = new OctetBudget(10);
    budget.reserve(3);

    expect(() => budget.release(4)).toThrow(RangeError);
    expect(budget.octetsInFlight).toBe(3);
  });
});

describe('SesMessage', () => {
  it('counts the octets that it holds, stuffed dots not', () => {
    const budget = new OctetBudget(100);
    const message = new SesMessage(budget);

    message.append(Buffer.from('..a\r\n.'));
    message.append(Buffer.from('.b\r\n'));

    expect(budget.octetsInFlight).toBe(8);
    expect(Buffer.from(message.take()).toString()).toBe('.a\r\n.b\r\n');
    expect(budget.octetsInFlight).toBe(8);
  });

  it('gives the budget back once, however often it is discarded', () => {
    const budget = new OctetBudget(100);
    const first = new SesMessage(budget);
    const second = new SesMessage(budget);
    first.append(Buffer.from('first\r\n'));
    second.append(Buffer.from('second\r\n'));

    first.discard();
    first.discard();

    expect(budget.octetsInFlight).toBe(8);
  });

  it('over the budget holds nothing, leaves the others alone, and says 452', () => {
    const budget = new OctetBudget(20);
    const other = new SesMessage(budget);
    other.append(Buffer.from('0123456789'));
    const message = new SesMessage(budget);

    message.append(Buffer.from('12345'));
    expect(message.refusal).toBeUndefined();
    message.append(Buffer.from('123456'));

    expect(message.refusal).toEqual(SES_REPLIES.overBudget);
    expect(budget.octetsInFlight).toBe(10);
    message.append(Buffer.from('1'));
    expect(message.refusal).toEqual(SES_REPLIES.overBudget);
    expect(budget.octetsInFlight).toBe(10);
  });

  it('takes 40 MiB, and of one octet more holds nothing and says 552', () => {
    const budget = new OctetBudget(100 * MEBI.length);
    const message = new SesMessage(budget);
    for (let count = 0; count < 40; count += 1) message.append(MEBI);
    expect(message.refusal).toBeUndefined();
    expect(budget.octetsInFlight).toBe(MAX_SES_MESSAGE_OCTETS);

    message.append(Buffer.from('x'));

    expect(message.refusal).toEqual(REPLIES.messageTooLarge);
    expect(budget.octetsInFlight).toBe(0);
  });

  it('says 552 rather than 452 of a message over both limits: it never goes through', () => {
    const message = new SesMessage(new OctetBudget(10));

    for (let count = 0; count < 41; count += 1) message.append(MEBI);

    expect(message.refusal).toEqual(REPLIES.messageTooLarge);
  });
});
