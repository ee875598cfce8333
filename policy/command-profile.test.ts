import { describe, expect, it } from 'vitest';
import {
  COMMAND_PROFILES,
  COMMAND_TABLES,
  maxBareOctets,
  RFC4954_LINE_OCTETS,
  RFC5321_LINE_OCTETS,
} from './command-profile.ts';
import { UNIMPLEMENTED_VERBS, VERBS } from './verb.ts';

const OFF = 'off';

// Octets with CR LF in isa2000fp1, rfc5321 and modern.
const ROWS = [
  ['HELO', 71, 512, 262],
  ['EHLO', 71, 512, 262],
  ['MAIL', 266, 565, 565],
  ['RCPT', 266, 512, 512],
  ['DATA', 6, 6, 6],
  ['RSET', 6, 6, 6],
  ['QUIT', 6, 6, 6],
  ['NOOP', 6, 512, 64],
  ['STARTTLS', 10, 10, 10],
  ['AUTH', 500, 12_288, 12_288],
  ['VRFY', OFF, 512, OFF],
  ['HELP', OFF, 512, OFF],
  ['EXPN', OFF, OFF, OFF],
  ['ETRN', OFF, OFF, OFF],
  ['TURN', OFF, OFF, OFF],
  ['SEND', OFF, OFF, OFF],
  ['SOML', OFF, OFF, OFF],
  ['SAML', OFF, OFF, OFF],
  ['BDAT', OFF, OFF, OFF],
] as const;

describe('the command profiles', () => {
  it('are three, and each has a row for each verb', () => {
    expect(COMMAND_PROFILES).toEqual(['isa2000fp1', 'rfc5321', 'modern']);
    for (const profile of COMMAND_PROFILES) {
      expect(new Set(Object.keys(COMMAND_TABLES[profile]))).toEqual(new Set(VERBS));
    }
  });

  it.each(ROWS)('give %s the limits %s, %s and %s', (verb, ...limits) => {
    for (const [index, profile] of COMMAND_PROFILES.entries()) {
      const limit = limits[index];
      const expected = limit === OFF ? { allowed: false, maxOctets: 512 } : { allowed: true, maxOctets: limit };
      expect(COMMAND_TABLES[profile][verb]).toEqual(expected);
    }
  });

  it('allow no verb that Postern does not carry out', () => {
    for (const profile of COMMAND_PROFILES) {
      expect(UNIMPLEMENTED_VERBS.filter((verb) => COMMAND_TABLES[profile][verb].allowed)).toEqual([]);
    }
  });

  it('go by the line lengths of the standards', () => {
    expect([RFC5321_LINE_OCTETS, RFC4954_LINE_OCTETS]).toEqual([512, 12_288]);
  });
});

describe('the room for blanks after a bare verb', () => {
  it.each([
    ['modern', 'DATA', 6, 70],
    ['rfc5321', 'QUIT', 6, 70],
    ['modern', 'STARTTLS', 10, 74],
    ['modern', 'NOOP', 64, 70],
    ['rfc5321', 'NOOP', 512, 512],
    ['isa2000fp1', 'DATA', 6, 6],
    ['isa2000fp1', 'NOOP', 6, 6],
    // What an item says is the limit, larger or smaller.
    ['modern', 'RSET', 7, 7],
    ['modern', 'NOOP', 63, 63],
    ['modern', 'DATA', 100, 100],
  ] as const)('with %s, %s and a limit of %i ends at %i', (profile, verb, maxOctets, octets) => {
    expect(maxBareOctets(profile, verb, maxOctets)).toBe(octets);
  });
});
