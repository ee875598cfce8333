/** Reads users and issuers while the login is counted: the calls need nothing of each other. */
import type { AuthenticateRequest } from '../../policy/request.ts';
import { userKey } from '../../policy/user.ts';
import type { UserStore } from '../directory/find-user.ts';
import type { IssuerStore } from './issuer-store.ts';

/** Asks `users` for the user of a login name at once, and gives whoever asks for that user what came of it. */
export function readAhead(users: UserStore, username: string): UserStore {
  const key = userKey(username);
  if (!key.ok) return users;
  const found = users.find(key.value);
  // Whoever asks hears of a failure; when no one does, since the login is locked out, it matters to no one.
  found.catch(() => undefined);
  return { find: (user) => (user === key.value ? found : users.find(user)) };
}

/** Asks for the issuers of the server that a token is for, at once; of a login without a token nothing. */
export function readIssuersAhead(
  issuers: IssuerStore,
  { server, token }: Pick<AuthenticateRequest, 'server' | 'token'>,
): IssuerStore {
  if (token === undefined) return issuers;
  const items = issuers.read(server);
  items.catch(() => undefined);
  return { read: (other) => (other === server ? items : issuers.read(other)) };
}
