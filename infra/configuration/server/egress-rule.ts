/** Where a published server's tasks may connect to besides AWS: one peer and port of its site rule. */
import * as z from 'zod';
import { type Network, parseNetwork } from '../../../policy/client-network.ts';
import { strictObject } from '../strict-object.ts';

export type EgressPeer =
  | { readonly kind: 'network'; readonly network: Network; readonly cidr: string }
  | { readonly kind: 'security-group'; readonly id: string }
  | { readonly kind: 'prefix-list'; readonly id: string };

const SECURITY_GROUP = /^sg-[0-9a-f]{8,17}$/;
const PREFIX_LIST = /^pl-[0-9a-f]{8,17}$/;

const peerSchema = z.string().transform((text, context): EgressPeer => {
  if (SECURITY_GROUP.test(text)) return { kind: 'security-group', id: text };
  if (PREFIX_LIST.test(text)) return { kind: 'prefix-list', id: text };
  const network = parseNetwork(text);
  if (network.ok) return { kind: 'network', network: network.value, cidr: cidrOf(text, network.value) };
  context.addIssue({ code: 'custom', message: `"${text}" is not a network (10.0.0.0/24), sg-… or pl-…` });
  return z.NEVER;
});

/** EC2 wants the prefix of a lone address written out. */
function cidrOf(text: string, { prefix }: Network): string {
  return text.includes('/') ? text : `${text}/${prefix}`;
}

export const egressRuleSchema = strictObject({
  to: peerSchema,
  port: z.int().min(1).max(65_535),
  /** For people; becomes the description of the rule, for which EC2 takes no other characters. */
  note: z
    .string()
    .regex(/^[A-Za-z0-9 ._:/()#,@[\]+=&;{}!$*-]{1,200}$/, {
      error: 'holds more than 200 characters, or others than letters, digits, blanks and ._-:/()#,@[]+=&;{}!$*',
    })
    .optional(),
});

export type EgressRule = z.output<typeof egressRuleSchema>;
