import { describe, expect, it } from 'vitest';
import { UNIMPLEMENTED_VERBS, VERBS, verbNamed } from './verb.ts';

describe('verbNamed', () => {
  it.each(VERBS)('knows %s', (verb) => {
    expect(verbNamed(verb)).toBe(verb);
  });

  it.each(['', 'mail', 'MAIL ', 'XCLIENT', 'constructor'])('does not know %j', (name) => {
    expect(verbNamed(name)).toBeUndefined();
  });
});

describe('the verbs', () => {
  it('are those of the design, each once', () => {
    expect(VERBS).toEqual([
      ...['HELO', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'RSET', 'QUIT', 'NOOP', 'STARTTLS', 'AUTH'],
      ...['VRFY', 'EXPN', 'HELP', 'ETRN', 'TURN', 'SEND', 'SOML', 'SAML', 'BDAT'],
    ]);
  });

  it('that no policy can allow are known', () => {
    expect(UNIMPLEMENTED_VERBS).toEqual(['EXPN', 'ETRN', 'TURN', 'SEND', 'SOML', 'SAML', 'BDAT']);
  });
});
