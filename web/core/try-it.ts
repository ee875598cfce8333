/** What is asked of `explain` for what was typed. */

export interface TriedForm {
  readonly from: string;
  readonly to: string;
  readonly client: string;
  readonly user: string;
  readonly tls: boolean;
  readonly message: string;
  readonly dialogue: string;
}

/** A line, or anything else that the API takes, as JSON. */
export type DialogueEntry = string | Readonly<Record<string, unknown>>;

export function explainBody(form: TriedForm, mode: 'message' | 'dialogue'): Readonly<Record<string, unknown>> {
  const { from, to, client, user, tls, message, dialogue } = form;
  const told = {
    ...(client.trim() === '' ? {} : { address: client.trim() }),
    ...(tls ? { tls: true } : {}),
  };
  const shared = {
    ...(Object.keys(told).length === 0 ? {} : { client: told }),
    ...(user.trim() === '' ? {} : { identity: user.trim() }),
  };
  if (mode === 'dialogue') return { ...shared, dialogue: dialogueEntries(dialogue) };
  const recipients = to
    .split(/[\s,]+/)
    .map(bare)
    .filter((address) => address !== '');
  const content = message.trim() === '' ? {} : { content: crLf(message) };
  return { ...shared, from: bare(from), to: recipients, ...content };
}

function bare(address: string): string {
  return address.trim().replace(/^<(.*)>$/, '$1');
}

function crLf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

/** A line each; one that begins with a brace is JSON, for what no line says. */
function dialogueEntries(text: string): readonly DialogueEntry[] {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  return lines.map(entryOf);
}

function entryOf(line: string): DialogueEntry {
  if (!/^\{"(?:octets|waitSeconds|happens|policy)":/.test(line)) return line;
  try {
    return JSON.parse(line) as DialogueEntry;
  } catch {
    return line;
  }
}

/** The same the other way round. */
export function dialogueText(entries: readonly DialogueEntry[]): string {
  return entries.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry))).join('\n');
}
