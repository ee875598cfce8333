/** Rules of single commands by which no mail comes in, or less than is meant. */
import { COMMAND_TABLES, type CommandTable } from '../../policy/command-profile.ts';
import type { Settings } from '../../policy/settings.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { Verb } from '../../policy/verb.ts';
import type { Say } from './finding.ts';

/** Without these no mail comes in. */
const NEEDED: readonly Verb[] = ['EHLO', 'MAIL', 'RCPT', 'DATA'];

interface Length {
  /** Octets of the shortest line that does anything, CR LF counted. */
  readonly shortest: number;
  /** Octets that some lines of every day need. */
  readonly usual: number;
  readonly what: string;
}

const PATH = 'RFC 5321 allows a path of 256 octets';
const LENGTHS: Partial<Record<Verb, Length>> = {
  // EHLO a · a name of 64 octets.
  EHLO: { shortest: 8, usual: 71, what: 'names of clients are longer' },
  HELO: { shortest: 8, usual: 71, what: 'names of clients are longer' },
  // MAIL FROM:<a@b.cd> · a path of 256 octets.
  MAIL: { shortest: 20, usual: 266, what: `some senders do not fit: ${PATH}` },
  RCPT: { shortest: 18, usual: 266, what: `some recipients do not fit: ${PATH}` },
  STARTTLS: { shortest: 10, usual: 10, what: '' },
  // AUTH PLAIN with a name and password of 12 octets each; ISA's own limit.
  AUTH: { shortest: 48, usual: 500, what: 'long passwords and tokens do not fit' },
};

export function checkCommands({ settings, commands }: Policy, names: readonly string[], say: Say): void {
  for (const verb of NEEDED) {
    const isGreeting = verb === 'EHLO' && commands.HELO.allowed;
    if (commands[verb].allowed) continue;
    if (isGreeting) say('warning', 'command#EHLO', 'is off: no TLS, no login, no limit of size is offered');
    else say('error', `command#${verb}`, 'is off: no mail can come in');
  }
  checkLengths(settings, commands, say);
  const table = COMMAND_TABLES[settings.commandProfile];
  for (const name of names) {
    const verb = NAMES.get(name.trim().toUpperCase());
    if (verb === undefined) continue;
    const isSame = commands[verb].allowed === table[verb].allowed && commands[verb].maxOctets === table[verb].maxOctets;
    if (isSame) say('note', `command#${name}`, `same as profile ${settings.commandProfile}; can be removed`);
  }
}

function checkLengths(settings: Settings, commands: CommandTable, say: Say): void {
  const table = COMMAND_TABLES[settings.commandProfile];
  for (const [name, { shortest, usual, what }] of Object.entries(LENGTHS)) {
    const verb = name as Verb;
    const { allowed, maxOctets } = commands[verb];
    const isUnused = !allowed || (verb === 'AUTH' && settings.authentication === 'none');
    // A profile's own limits are known to be tight.
    if (isUnused || maxOctets === table[verb].maxOctets) continue;
    const item = `command#${verb}`;
    if (maxOctets < shortest) {
      const level = verb === 'HELO' ? 'warning' : 'error';
      say(
        level,
        item,
        `up to ${maxOctets} octets: ${OUTAGES[verb] ?? 'no such command fits'}; it needs ${shortest} at least`,
      );
    } else if (maxOctets < usual) say('warning', item, `up to ${maxOctets} octets: ${what}`);
  }
}

const OUTAGES: Partial<Record<Verb, string>> = {
  EHLO: 'no client can greet, and no mail can come in',
  MAIL: 'no sender fits, and no mail can come in',
  RCPT: 'no recipient fits, and no mail can come in',
  STARTTLS: 'TLS cannot be switched on',
  AUTH: 'no one can log in',
};

const NAMES: ReadonlyMap<string, Verb> = new Map(
  Object.keys(COMMAND_TABLES.modern).map((name) => [name, name as Verb] as const),
);
