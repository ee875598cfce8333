import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSesTags, type SesOrigin, sesTags } from './ses-tags.ts';

const ORIGIN: SesOrigin = {
  server: 'submission',
  transaction: 'Tj0naOpx_oc-.1',
  identity: 'alice@example.com',
  hasNullSender: false,
};

/** As an event of SES names them. */
function told(origin: SesOrigin): Record<string, readonly string[]> {
  return Object.fromEntries(sesTags(origin).map(({ Name, Value }) => [Name, [Value]]));
}

describe('sesTags', () => {
  it('are names and values that SES takes', () => {
    expect(sesTags(ORIGIN)).toEqual([
      { Name: 'postern-server', Value: 'submission' },
      { Name: 'postern-transaction', Value: 'Tj0naOpx_5foc-_2e1' },
      { Name: 'postern-identity', Value: 'alice_40example_2ecom' },
    ]);
  });

  it('say of a message with the null sender that it has it', () => {
    expect(sesTags({ ...ORIGIN, hasNullSender: true })).toContainEqual({ Name: 'postern-null-sender', Value: 'true' });
  });

  it.each([
    ['a\tb', 'a_09b'],
    ['\u00fc', '_c3_bc'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('write %j in letters that SES takes', (identity, value) => {
    expect(sesTags({ ...ORIGIN, identity })).toContainEqual({ Name: 'postern-identity', Value: value });
  });

  it('are read back as they were, whatever the texts hold', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(
        text,
        text,
        fc.option(text, { nil: undefined }),
        fc.boolean(),
        (server, transaction, identity, hasNullSender) => {
          const origin = { server, transaction, identity, hasNullSender };
          // A text that is too long for a tag is left out.
          fc.pre(sesTags(origin).length === 2 + Number(identity !== undefined) + Number(hasNullSender));

          for (const { Value } of sesTags(origin)) expect(Value).toMatch(/^[A-Za-z0-9_-]{1,255}$/);
          expect(readSesTags(told(origin))).toEqual(origin);
        },
      ),
    );
  });

  it('leave out what is too long, and nothing else', () => {
    const tags = sesTags({ ...ORIGIN, identity: `${'x'.repeat(250)}@a.b` });

    expect(tags.map(({ Name }) => Name)).toEqual(['postern-server', 'postern-transaction']);
  });

  it('are none of a message that another sent', () => {
    expect(readSesTags({ 'ses:configuration-set': ['ours'], 'postern-server': ['submission'] })).toBeUndefined();
    expect(readSesTags({})).toBeUndefined();
  });
});
