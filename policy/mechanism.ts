/** Names of SASL mechanisms, as `mechanisms` in the settings lists them (RFC 4422 section 3.1). */
import { type ParseResult, parsed, unparsed } from './result.ts';

const NAME = /^[A-Z0-9_-]{1,20}$/;

/** Ends in the suffix of channel binding (RFC 5802 section 6): bound to the TLS of one leg, where there are two. */
export function bindsToChannel(mechanism: string): boolean {
  return mechanism.endsWith('-PLUS');
}

/** Reads a mechanism's name in any case, and gives it in upper case. */
export function parseMechanism(text: string): ParseResult<string> {
  const name = text.trim().toUpperCase();
  if (!NAME.test(name)) return unparsed(`"${text}" is not a name of a SASL mechanism: PLAIN or SCRAM-SHA-256 is`);
  if (bindsToChannel(name)) return unparsed(`"${text}" binds to a TLS channel, and there is one on each side of us`);
  return parsed(name);
}
