/** Checks that need a message: whether it is taken, and whether odd line ends can hide a second one in it. */
import { type Greeted, greetSecurely, isGood, type ProbeOptions, said } from './context.ts';
import { fault, ok, type ProbeStep, skipped } from './report.ts';

/** Ends of data that are none (RFC 5321 section 4.1.1.4): a server that takes one lets mail be smuggled past it. */
const FALSE_ENDS: readonly (readonly [name: string, octets: string])[] = [
  ['LF . LF', '\n.\n'],
  ['LF . CR LF', '\n.\r\n'],
  ['CR LF . LF', '\r\n.\n'],
  ['CR LF . CR', '\r\n.\r'],
  ['CR . CR LF', '\r.\r\n'],
  ['CR . CR', '\r.\r'],
  ['LF . CR', '\n.\r'],
];

/** Sends one message, and one for each false end; nothing where no sender and recipient are given. */
export async function probeDelivery(options: ProbeOptions): Promise<readonly ProbeStep[]> {
  if (options.deliver === undefined) {
    return [
      skipped('deliver', 'no message is sent unless --deliver FROM TO asks for it'),
      skipped('smuggling', 'needs a message: --deliver FROM TO'),
    ];
  }
  const steps = [await deliver(options)];
  if (steps[0]?.outcome === 'ok') steps.push(await probeSmuggling(options));
  else steps.push(skipped('smuggling', 'no message is taken'));
  return steps;
}

async function deliver(options: ProbeOptions): Promise<ProbeStep> {
  const startMs = options.nowMs();
  const { conversation } = await greetSecurely(options);
  try {
    const problem = await begin(conversation, options);
    if (problem !== undefined) return fault('deliver', problem, 'look at the session in the log of the server');
    conversation.write(`${head(options)}A message of a probe.\r\n.\r\n`);
    const reply = await conversation.reply();
    if (isGood(reply)) return ok('deliver', said(reply), options.nowMs() - startMs);
    return fault('deliver', `the message is answered ${said(reply)}`, 'look at the session in the log of the server');
  } finally {
    conversation.close();
  }
}

async function probeSmuggling(options: ProbeOptions): Promise<ProbeStep> {
  const seen: string[] = [];
  for (const [name, octets] of FALSE_ENDS) {
    const answer = await answerTo(octets, options);
    if (answer === 'taken as an end') {
      return fault(
        'smuggling',
        `${name} ends a message`,
        'take CR LF . CR LF alone as the end of data (CVE-2023-51764)',
      );
    }
    seen.push(`${name}: ${answer}`);
  }
  return ok('smuggling', seen.join('; '));
}

async function answerTo(octets: string, options: ProbeOptions): Promise<string> {
  const { conversation } = await greetSecurely(options);
  try {
    const problem = await begin(conversation, options);
    if (problem !== undefined) return `not tried, ${problem}`;
    // The NOOP is text of the message, unless the server took what stands before it for the end.
    conversation.write(`${head(options)}x${octets}NOOP\r\n\r\n.\r\n`);
    const reply = await conversation.reply();
    const second = await conversation.unasked(options.quietMs);
    if (second !== undefined && second.code !== 421) return 'taken as an end';
    return isGood(reply) ? 'kept whole' : `refused (${said(reply)})`;
  } finally {
    conversation.close();
  }
}

async function begin(
  conversation: Greeted['conversation'],
  { deliver: envelope, login }: ProbeOptions,
): Promise<string | undefined> {
  const lines = [`MAIL FROM:<${envelope?.from ?? ''}>`, `RCPT TO:<${envelope?.to ?? ''}>`, 'DATA'];
  if (login !== undefined) {
    lines.unshift(`AUTH PLAIN ${Buffer.from(`\0${login.username}\0${login.password}`).toString('base64')}`);
  }
  for (const line of lines) {
    const reply = await conversation.ask(line);
    if (reply.code >= 400) return `${line.split(/[ :]/)[0]} is answered ${said(reply)}`;
  }
  return undefined;
}

function head({ deliver: envelope, nowMs }: ProbeOptions): string {
  const date = new Date(nowMs()).toUTCString().replace('GMT', '+0000');
  return `From: <${envelope?.from}>\r\nTo: <${envelope?.to}>\r\nDate: ${date}\r\nSubject: Postern probe\r\n\r\n`;
}
