/**
 * The address of a view: what stands after `#`. It says all of the view's state, so that a link, the back button and a
 * second tab show the same. The token is there once, in the address that was printed, and is taken out at once.
 */

export interface View {
  /** Words of the path: `['session', 'abc']`. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

const HOME = ['overview'];

export function parseView(hash: string): View {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const words = path.split('/').filter((word) => word !== '');
  return {
    path: words.length === 0 ? HOME : words.map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** The view as a link has it. */
export function addressOf({ path, query }: View): string {
  const parameters = new URLSearchParams(Object.entries(query)).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${parameters === '' ? '' : `?${parameters}`}`;
}

export function linkTo(path: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  return addressOf(changed({ path, query: {} }, query));
}

/** The view with other parameters; what is undefined or empty goes. */
export function changed(view: View, changes: Readonly<Record<string, string | undefined>>): View {
  const entries = Object.entries({ ...view.query, ...changes });
  return {
    path: view.path,
    query: Object.fromEntries(entries.filter((entry): entry is [string, string] => (entry[1] ?? '') !== '')),
  };
}

/** Where Esc goes: from one thing to its list, from a list home. */
export function parentOf({ path, query }: View): View {
  const [page = '', ...rest] = path;
  switch (page) {
    case 'session':
      return { path: ['sessions'], query: {} };
    case 'held':
    case 'changes':
      return rest.length > 1 ? { path: [page, rest[0] ?? ''], query } : { path: HOME, query: {} };
    case 'users':
      return rest.length > 0 ? { path: [page], query } : { path: HOME, query: {} };
    default:
      return { path: HOME, query: {} };
  }
}

const TOKEN = /^#token=([A-Za-z0-9_-]{20,})(?:&to=(.*))?$/s;

/** The token of an address as it was printed, and the view that it opens; `undefined` of any other address. */
export function tokenIn(hash: string): { readonly token: string; readonly hash: string } | undefined {
  const [, token, to = ''] = TOKEN.exec(hash) ?? [];
  return token === undefined ? undefined : { token, hash: addressOf(parseView(decoded(to))) };
}
