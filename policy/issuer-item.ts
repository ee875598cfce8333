/** The items `issuer#NAME`: whose tokens a server takes. */
import { problemOfIssues, quoted } from './console-value.ts';
import { issuerSchema, type TokenIssuer } from './issuer.ts';
import { type ItemKind, type ItemReader, itemReader, type PolicyAttributes } from './item-kind.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';

export const ISSUER_PREFIX = 'issuer#';

export interface IssuerItem extends TokenIssuer {
  readonly kind: 'issuer';
  readonly name: string;
}

function parseIssuerItem(name: string, own: PolicyAttributes): ParseResult<IssuerItem> {
  // No JSON object can be trusted to keep a member of this name, and a policy document has issuers by their names.
  if (name === '__proto__') return unparsed(`${quoted(name)} is not a name`);
  const result = issuerSchema.safeParse(own);
  return result.success ? parsed({ kind: 'issuer', name, ...result.data }) : unparsed(problemOfIssues(result.error));
}

export const ISSUER_KIND: ItemKind<IssuerItem> = {
  prefix: ISSUER_PREFIX,
  schema: issuerSchema,
  parse: parseIssuerItem,
};

/** Reads the items that `authenticate` decides by. */
export const ISSUER_ITEMS: ItemReader<IssuerItem> = itemReader([ISSUER_KIND]);
