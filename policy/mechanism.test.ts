import { describe, expect, it } from 'vitest';
import { bindsToChannel, parseMechanism } from './mechanism.ts';

describe('parseMechanism', () => {
  it.each([
    ['PLAIN', 'PLAIN'],
    ['login', 'LOGIN'],
    [' Scram-Sha-256 ', 'SCRAM-SHA-256'],
    ['X_OWN-1', 'X_OWN-1'],
    ['A'.repeat(20), 'A'.repeat(20)],
  ])('reads %j', (text, name) => {
    expect(parseMechanism(text)).toEqual({ ok: true, value: name });
  });

  // RFC 4422 section 3.1: 1 to 20 upper-case letters, digits, hyphens and underscores.
  it.each(['', ' ', 'A'.repeat(21), 'PLAIN LOGIN', 'PLAIN,LOGIN', 'PLÄIN'])('refuses %j', (text) => {
    expect(parseMechanism(text)).toEqual({
      ok: false,
      problem: `"${text}" is not a name of a SASL mechanism: PLAIN or SCRAM-SHA-256 is`,
    });
  });

  it.each(['SCRAM-SHA-256-PLUS', 'scram-sha-1-plus'])('refuses %s, which no screen can pass', (text) => {
    expect(parseMechanism(text)).toEqual({
      ok: false,
      problem: `"${text}" binds to a TLS channel, and there is one on each side of us`,
    });
  });
});

describe('bindsToChannel', () => {
  it.each([
    ['SCRAM-SHA-256-PLUS', true],
    ['SCRAM-SHA-256', false],
    ['PLUS', false],
    ['X-PLUS-1', false],
  ])('%s: %s', (mechanism, binds) => {
    expect(bindsToChannel(mechanism)).toBe(binds);
  });
});
