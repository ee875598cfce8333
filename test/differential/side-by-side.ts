/** Plays one dialogue on two servers at a time, a step on each, and tells where they differ. */
import { TestClient } from '../support/edge-proxy-client.ts';
import { type Difference, isAllowed } from './allowed-differences.ts';
import type { Dialogue, Step } from './dialogue.ts';
import type { Subject } from './subject.ts';

export interface Outcome {
  /** Differences that no entry allows. */
  readonly unknown: readonly Difference[];
  /** Names of the entries that allowed one. */
  readonly allowed: readonly string[];
}

type Answered = readonly [command: string, code: string];

interface Side {
  readonly subject: Subject;
  readonly client: TestClient;
  /** Whether content may be sent: the last command was DATA and had a 354. */
  mayGoOn: boolean;
}

/** Ends at the first difference: from there on the two are in different states. */
export async function playSideBySide(dialogue: Dialogue, ours: Subject, theirs: Subject): Promise<Outcome> {
  const sides = [await join(ours), await join(theirs)] as const;
  const before: string[] = [];
  try {
    for (const step of dialogue) {
      const [our, their] = await Promise.all([take(sides[0], step), take(sides[1], step)]);
      for (const [index, [command, code]] of our.entries()) {
        const theirCode = their[index]?.[1] ?? '';
        if (code[0] !== theirCode[0])
          return judge({ peer: theirs.name, command, ours: code, theirs: theirCode, before });
        before.push(command);
      }
    }
    return judgeDelivery(ours, theirs, before);
  } finally {
    for (const { client, subject } of sides) {
      client.reset();
      subject.takeDelivered();
    }
  }
}

function judge(difference: Difference): Outcome {
  const entry = isAllowed(difference);
  return entry === undefined ? { unknown: [difference], allowed: [] } : { unknown: [], allowed: [entry] };
}

function judgeDelivery(ours: Subject, theirs: Subject, before: readonly string[]): Outcome {
  const our = JSON.stringify(ours.takeDelivered());
  const their = JSON.stringify(theirs.takeDelivered());
  if (our === their) return { unknown: [], allowed: [] };
  return judge({ peer: theirs.name, command: 'delivered', ours: our, theirs: their, before });
}

async function join(subject: Subject): Promise<Side> {
  const client = await TestClient.connect(subject.port);
  await client.hear();
  return { subject, client, mayGoOn: false };
}

/** Each command of the step with the code of its reply. */
async function take(side: Side, step: Step): Promise<Answered[]> {
  const { client } = side;
  if (step.kind === 'content') return side.mayGoOn ? [await sendContent(side, step.octets)] : [];
  // A 354 that no content follows in the dialogue: the message is empty.
  const empty = side.mayGoOn ? [await sendContent(side, '')] : [];
  if (step.kind === 'starttls') return [...empty, await startTls(client)];
  if (step.kind === 'auth') return [...empty, ...(await exchange(client, step.lines))];
  client.send(step.lines.map((line) => `${line}\r\n`).join(''));
  const answered = [...empty];
  for (const line of step.lines) answered.push([line, codeOf(await client.hear())]);
  side.mayGoOn = answered.at(-1)?.[1] === '354';
  return answered;
}

async function sendContent(side: Side, octets: string): Promise<Answered> {
  side.mayGoOn = false;
  side.client.send(`${octets}.\r\n`);
  return ['content', codeOf(await side.client.hear())];
}

async function startTls(client: TestClient): Promise<Answered> {
  const code = codeOf(await client.ask('STARTTLS'));
  if (code === '220') await client.startTls();
  return ['STARTTLS', code];
}

async function exchange(client: TestClient, lines: readonly string[]): Promise<Answered[]> {
  const codes: Answered[] = [];
  for (const line of lines) {
    const code = codeOf(await client.ask(line));
    codes.push([codes.length === 0 ? line : 'AUTH response', code]);
    if (code !== '334') break;
  }
  return codes;
}

function codeOf(reply: string): string {
  return reply.slice(0, 3);
}
