/** Whether a client is served at all. */
import { clientRule } from '../../policy/client-network.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';

/** What a client hears in place of a greeting. */
export interface SessionRefusal {
  readonly reply: Reply;
  readonly rule: string;
  /** Connections; given when the rule is a limit. */
  readonly limit?: number;
}

/** Why a client is not served at all, by policy alone; `undefined` when it is. */
export function admissionRefusal(policy: Policy, clientAddress: string): SessionRefusal | undefined {
  if (!policy.settings.enabled) return { reply: REPLIES.serverDisabled, rule: 'settings#enabled' };
  return policy.settings.reportOnly ? undefined : clientDenial(policy, clientAddress);
}

/** The `client#` item that denies a client, `reportOnly` or not. */
export function clientDenial(policy: Policy, clientAddress: string): SessionRefusal | undefined {
  const rule = clientRule(policy.clients, clientAddress);
  return rule?.access === 'deny' ? { reply: REPLIES.clientDenied, rule: rule.rule } : undefined;
}
