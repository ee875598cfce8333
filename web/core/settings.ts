/** The settings of a server as a table: each with its unit, what it is for, and what may be typed. */
import type { Settings } from '../../policy/settings.ts';
import { octetsText, valueText } from './words.ts';

/** What each setting is for; docs/policy.md tells more. */
const MEANINGS = {
  enabled: 'Whether sessions are taken',
  hostname: 'Name in the greeting and in Received',
  authentication: 'Whether MAIL needs a login, may have one, or there is none',
  authenticator: 'Who decides a login: the users table, or the next hop through the screen',
  mechanisms: 'Mechanisms that may be offered; all that there are where nothing is said',
  unknownIdentity: 'A login by a mechanism that does not show its user (next-hop only)',
  authenticationRequiresTls: 'Whether AUTH is offered under TLS alone',
  lockoutFailures: 'Failed logins of one network for one user, above which it is locked out',
  lockoutSeconds: 'How long failures count, and a lockout lasts',
  loginDelaySeconds: "Delay of the second failed login's reply, doubled each time; 0 for none",
  checkHeaderFrom: "Whether the From field must name the user's own addresses alone",
  checkHeaderSender: 'The same for Sender, Resent-From and Resent-Sender',
  relay: 'Where users and relay networks may send',
  defaultNextHop: 'Where mail goes whose domain names no hop: ses, or smtp://host:port',
  passClient: 'Whether next hops that offer XCLIENT are told who the client is',
  reportOnly: 'Refusals by policy are recorded and let pass',
  proxyProtocolNetworks: 'Networks whose connections begin with a PROXY protocol header',
  commandProfile: 'Which table of commands and lengths is the ground',
  envelopeSyntax: 'Whether paths are read leniently',
  bareNewline: 'What becomes of a bare CR or LF in content',
  maxMessageOctets: 'Largest message',
  maxRecipients: 'Recipients of one message',
  maxErrors: 'Error replies since the last message, at which a session ends',
  maxUnknownRecipients: 'Unknown recipients since the last message, at which a session ends',
  maxLoginFailures: 'Failed logins, at which a session ends',
  maxConnections: 'Connections at a time',
  maxConnectionsPerClient: 'Connections of one client network at a time',
  commandTimeoutSeconds: 'How long a client may take for a command',
  dataTimeoutSeconds: 'How long a client may take for 4 KiB of content',
  tlsHandshakeTimeoutSeconds: 'How long a TLS handshake may take',
  nextHopConnections: 'Connections to one next hop',
  nextHopConnectTimeoutSeconds: 'How long connecting to a next hop may take',
  nextHopTimeoutSeconds: "How long a next hop's reply may take",
  reportBounces: 'Whether senders are told of hard bounces and complaints by a mail to their own address (Amazon SES)',
  sesPaceSeconds: 'How long a message may wait for its turn at Amazon SES; 0 for not at all',
  nextHopFinalTimeoutSeconds: "How long a next hop's reply to the end of a message may take",
  eventDays: 'How long events are kept',
  historyDays: 'How long changes of policy are kept',
  whenUnreadable: 'What becomes of a message that cannot be read, where no rule speaks of it',
  holdDays: 'How long held mail waits for a decision',
} as const satisfies Record<keyof Settings, string>;

/** A JSON schema of one attribute, as the API describes it. */
export interface AttributeSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface SettingRow {
  readonly name: string;
  readonly kind: 'boolean' | 'choice' | 'text';
  readonly choices: readonly string[];
  readonly unit: string;
  readonly meaning: string;
  /** In force. */
  readonly value: string;
  /** For people: 25 MiB. */
  readonly shown: string;
  readonly standard: string;
  /** Whether the item says it. */
  readonly isGiven: boolean;
}

interface Told {
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly given: Readonly<Record<string, unknown>>;
}

/** A row for each setting that there is, in the order in which policy has them. */
export function settingRows(
  { settings, given }: Told,
  schemas: Readonly<Record<string, AttributeSchema>>,
): readonly SettingRow[] {
  return Object.entries(MEANINGS).map(([name, meaning]) => {
    const schema = schemas[name] ?? {};
    const value = settings?.[name] ?? given[name];
    const unit = unitOf(name);
    return {
      name,
      ...kindOf(schema),
      unit,
      meaning,
      value: valueText(value),
      shown: unit === 'octets' && typeof value === 'number' ? octetsText(value) : '',
      standard: schema.default === undefined ? '(none)' : valueText(schema.default),
      isGiven: Object.hasOwn(given, name),
    };
  });
}

function kindOf({ type, enum: choices }: AttributeSchema): Pick<SettingRow, 'kind' | 'choices'> {
  if (type === 'boolean') return { kind: 'boolean', choices: ['true', 'false'] };
  return choices === undefined ? { kind: 'text', choices: [] } : { kind: 'choice', choices: choices.map(String) };
}

function unitOf(name: string): string {
  const [, unit] = /(Octets|Seconds|Days)$/.exec(name) ?? [];
  return unit?.toLowerCase() ?? '';
}

/** What is sent for what was typed; null gives a setting its default back. */
export function settingBody(name: string, typed: string): unknown {
  const text = typed.trim();
  if (text === '') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (name === 'mechanisms' || name === 'proxyProtocolNetworks') return listOfWords(text);
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

/** Entries with commas, blanks or line ends between them. */
export function listOfWords(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** Entries that may hold blanks, a line each. */
export function listOfLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
