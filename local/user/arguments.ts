/** Reads the arguments of `npm run user`. */
import { parseArgs } from 'node:util';
import { parseMailbox } from '../../policy/address.ts';
import { type ParseResult, parsed, unparsed } from '../../policy/result.ts';
import { parseSenderPattern } from '../../policy/sender-rule.ts';
import { userKey } from '../../policy/user.ts';

export const USAGE = `Usage: npm run user -- add NAME [--server SERVER]... [--sender PATTERN]...
       npm run user -- password NAME
       npm run user -- list

Users of the embedded run, which must be running (npm start).

  add        makes a user and asks for the password
  password   gives a user another password; logins that an edge proxy remembers hold up to 60 s
  list       shows the users

  --server SERVER    a published server on which the user may log in; without one: submission
  --sender PATTERN   an address that the user may send from: user@domain, *@domain or *; without one: NAME
  --help             shows this

NAME is the name to log in with, in any case. The password is asked for twice on a terminal and read from standard
input otherwise, where a last line end is not part of it:

  printf %s "$PASSWORD" | npm run user -- add bob@example.com

Exit code 0: done; 1: not done, the reason is on standard error; 2: bad arguments.
`;

const DEFAULT_SERVER = 'submission';

export type UserCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | { readonly kind: 'password'; readonly user: string }
  | {
      readonly kind: 'add';
      readonly user: string;
      readonly servers: readonly string[];
      readonly senders: readonly string[];
    };

const OPTIONS = {
  server: { type: 'string', multiple: true },
  sender: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;

export function parseUserCommand(argv: readonly string[]): ParseResult<UserCommand> {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
    if (values.help === true) return parsed({ kind: 'help' });
    return parseVerb(positionals, values.server, values.sender);
  } catch (error) {
    return unparsed((error as Error).message);
  }
}

function parseVerb(
  [verb, name, ...surplus]: readonly string[],
  servers: readonly string[] | undefined,
  senders: readonly string[] | undefined,
): ParseResult<UserCommand> {
  if (verb !== 'add' && verb !== 'password' && verb !== 'list') {
    return unparsed(verb === undefined ? 'add, password or list is missing' : `"${verb}" is not add, password or list`);
  }
  if (verb !== 'add' && (servers !== undefined || senders !== undefined)) {
    return unparsed(`${verb} takes no --server and no --sender`);
  }
  if (verb === 'list') return name === undefined ? parsed({ kind: 'list' }) : unparsed('list takes no name');
  if (name === undefined || surplus.length > 0) return unparsed(`${verb} takes one name`);
  if (!/^[^\s\p{Cc}]+$/u.test(name)) return unparsed('NAME must not be empty and must not hold blanks');
  const user = userKey(name);
  if (!user.ok) return unparsed(`NAME ${user.problem}`);
  if (verb === 'password') return parsed({ kind: 'password', user: user.value });
  if (senders === undefined && !parseMailbox(name).ok) {
    return unparsed(`"${name}" is not an address, so --sender must say what the user may send from`);
  }
  return parseAdd({ user: user.value, servers: servers ?? [DEFAULT_SERVER] }, senders ?? [name]);
}

function parseAdd(
  { user, servers }: { readonly user: string; readonly servers: readonly string[] },
  senders: readonly string[],
): ParseResult<UserCommand> {
  const patterns: string[] = [];
  for (const text of senders) {
    const pattern = parseSenderPattern(text);
    if (!pattern.ok) return unparsed(`--sender: ${pattern.problem}`);
    patterns.push(pattern.value);
  }
  return parsed({ kind: 'add', user, servers, senders: patterns });
}
