/** Who may connect to a server: a network, or a prefix list of yours. */
import * as z from 'zod';
import { parseNetwork } from '../../../policy/client-network.ts';

export type Client =
  | { readonly kind: 'network'; readonly family: 4 | 6; readonly cidr: string }
  | { readonly kind: 'prefix-list'; readonly id: string };

/** Everyone; over IPv6 too where the server has it. */
export const EVERYONE: readonly Client[] = [
  { kind: 'network', family: 4, cidr: '0.0.0.0/0' },
  { kind: 'network', family: 6, cidr: '::/0' },
];

export const clientSchema = z.string().transform((text, context): Client => {
  if (/^pl-[0-9a-f]{8,17}$/.test(text)) return { kind: 'prefix-list', id: text };
  const network = parseNetwork(text);
  // EC2 wants the prefix of a lone address written out.
  const cidr = (prefix: number) => (text.includes('/') ? text : `${text}/${prefix}`);
  if (network.ok) return { kind: 'network', family: network.value.family, cidr: cidr(network.value.prefix) };
  context.addIssue({ code: 'custom', message: `"${text}" is not a network (203.0.113.0/24) or pl-…` });
  return z.NEVER;
});
