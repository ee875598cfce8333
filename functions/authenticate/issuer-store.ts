/** Where `authenticate` finds the issuers of tokens that a server trusts. */
import type { PolicyAttributes } from '../../policy/item.ts';

export interface IssuerStore {
  /** All `issuer#` items of a server, not parsed. Rejects when they could not be read, all of them. */
  read(server: string): Promise<readonly PolicyAttributes[]>;
}
