/** What a next hop's reply to a line of AUTH means (RFC 4954): a challenge for the client, or how the login came out. */
import { REPLIES, type Reply } from '../../policy/reply.ts';
import { decodeBase64 } from '../sasl/sasl.ts';
import { toPrintable } from './hop-reply.ts';
import type { ServerReply } from './reply-parser.ts';

export type RelayedLoginReply =
  /** `text` is base64, for the client. */
  | { readonly kind: 'challenge'; readonly text: string }
  | { readonly kind: 'taken' }
  /** The hop will not: 535 for wrong credentials, else what is wrong with the exchange. */
  | { readonly kind: 'refused'; readonly reply: Reply; readonly detail: string }
  /** No one knows: the hop cannot be asked, or broke the protocol. `detail` is for the log. */
  | { readonly kind: 'deferred'; readonly detail: string };

/** Octets; RFC 4954 section 4. */
export const MAX_CHALLENGE_OCTETS = 12_288;
const MAX_DETAIL_OCTETS = 450;

/** Judges the reply to AUTH, or to a response after a challenge. */
export function relayedLoginReply(reply: ServerReply): RelayedLoginReply {
  const { code } = reply;
  if (code === 334) return challengeOf(reply);
  if (code === 235) return { kind: 'taken' };
  if (code < 400) return authDeferred(`unexpected reply to AUTH: ${codesOf(reply)}`);
  const refusal = code < 500 ? undefined : refusalOf(reply);
  if (refusal === undefined) return authDeferred(`refused at AUTH: ${codesOf(reply)}`);
  return { kind: 'refused', reply: refusal, detail: codesOf(reply) };
}

export function authDeferred(detail: string): RelayedLoginReply {
  return { kind: 'deferred', detail: toPrintable(detail, MAX_DETAIL_OCTETS) };
}

function challengeOf(reply: ServerReply): RelayedLoginReply {
  const [text = ''] = reply.lines;
  // Base64 holds no dot, so what looks like an enhanced status is none.
  const isChallenge = reply.lines.length === 1 && reply.enhanced === undefined && decodeBase64(text).ok;
  if (!isChallenge || text.length > MAX_CHALLENGE_OCTETS) return authDeferred('challenge that is no base64');
  return { kind: 'challenge', text };
}

/** A refusal in our own words; `undefined` when it concerns our session with the hop, and not what the client said. */
function refusalOf({ code, enhanced }: ServerReply): Reply | undefined {
  switch (code) {
    case 500:
      // The hop's limit is lower than ours.
      return enhanced === '5.5.6' ? REPLIES.authLineTooLong : REPLIES.badBase64;
    case 501:
      return REPLIES.badBase64;
    case 504:
      return REPLIES.mechanismUnknown;
    case 502:
    case 503:
    case 530:
    case 538:
      return undefined;
    default:
      return REPLIES.credentialsInvalid;
  }
}

/** No words: a hop may repeat what it was told. */
function codesOf({ code, enhanced }: ServerReply): string {
  return enhanced === undefined ? String(code) : `${code} ${enhanced}`;
}
