/** What the checks of a probe share: whom they ask, and how a conversation is begun. */
import type { ConnectionOptions } from 'node:tls';
import type { ServerReply } from '../../protocol/hop/reply-parser.ts';
import { Conversation, ConversationError, type Door } from './conversation.ts';
import type { ServerKind } from './report.ts';

export interface ProbeOptions {
  readonly door: Door;
  readonly kind: ServerKind;
  /** A domain that the server is for; from its EHLO reply where none is given. */
  readonly domain?: string | undefined;
  /** Milliseconds for each wait. */
  readonly timeoutMs: number;
  /** Milliseconds in which a server that took octets for a command more than it should answers that command. */
  readonly quietMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Certificate authorities besides those of Node.js, PEM. */
  readonly ca?: string | undefined;
  /** A real message, sent only where it is given. */
  readonly deliver?: { readonly from: string; readonly to: string } | undefined;
  readonly login?: { readonly username: string; readonly password: string } | undefined;
}

/** A conversation whose EHLO was answered. */
export interface Greeted {
  readonly conversation: Conversation;
  readonly banner: ServerReply;
  /** EHLO keywords in upper case, each with its parameters. */
  readonly keywords: ReadonlyMap<string, string>;
  /** The first line of the reply to EHLO: the server's name first. */
  readonly name: string;
}

type Secure = Pick<ConnectionOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;

/** Connects and reads the greeting. @throws ConversationError when it is not 220 */
export async function open(
  { door, timeoutMs, ca }: ProbeOptions,
  secure: Secure = {},
): Promise<[Conversation, ServerReply]> {
  const conversation = await Conversation.open(door, {
    timeoutMs,
    secure: { ...(ca === undefined ? {} : { ca }), ...secure },
  });
  const banner = await closedOnFault(conversation, () => conversation.reply());
  if (banner.code === 220) return [conversation, banner];
  conversation.close();
  throw new ConversationError(`the greeting is ${said(banner)}`);
}

/** Connects, reads the greeting and says EHLO; under TLS only where the door is of implicit TLS. */
export async function greet(options: ProbeOptions, secure: Secure = {}): Promise<Greeted> {
  const [conversation, banner] = await open(options, secure);
  return closedOnFault(conversation, async () => ({ conversation, banner, ...(await hello(conversation)) }));
}

/** As `greet`, and under TLS where the server offers STARTTLS. */
export async function greetSecurely(options: ProbeOptions, secure: Secure = {}): Promise<Greeted> {
  const greeted = await greet(options, secure);
  const { conversation, keywords } = greeted;
  if (conversation.tls !== undefined || !keywords.has('STARTTLS')) return greeted;
  return closedOnFault(conversation, async () => {
    const reply = await conversation.ask('STARTTLS');
    if (reply.code !== 220) throw new ConversationError(`STARTTLS is answered ${said(reply)}`);
    await conversation.secure();
    return { ...greeted, ...(await hello(conversation)) };
  });
}

async function hello(conversation: Conversation): Promise<Pick<Greeted, 'keywords' | 'name'>> {
  const reply = await conversation.ask(`EHLO ${conversation.literal}`);
  if (reply.code !== 250) throw new ConversationError(`EHLO is answered ${said(reply)}`);
  const [name = '', ...lines] = reply.lines;
  const keywords = lines.map((line): [string, string] => {
    const [keyword = '', ...parameters] = line.split(' ');
    return [keyword.toUpperCase(), parameters.join(' ')];
  });
  return { name, keywords: new Map(keywords) };
}

async function closedOnFault<T>(conversation: Conversation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    conversation.close();
    throw error;
  }
}

/** A reply as people read it: `550 5.7.1 Relay access denied`. */
export function said({ code, enhanced, lines }: ServerReply): string {
  return [code, enhanced, lines[0]].filter((part) => part !== undefined && part !== '').join(' ');
}

/** Whether a reply is of success, 2yz. */
export const isGood = ({ code }: ServerReply): boolean => code >= 200 && code < 300;

/** Says QUIT without waiting for its reply. */
export function leave(conversation: Conversation): void {
  conversation.write('QUIT\r\n');
  conversation.close();
}
