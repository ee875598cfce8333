/** Whether a client is served at all. */
import { clientRule } from '../../policy/client-network.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { SessionContext } from './session-context.ts';

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

/** The refusal as an event, which comes before the client has heard it. */
export function recordSessionRefusal(context: SessionContext, { reply, rule, limit }: SessionRefusal): void {
  if (limit === undefined) context.recordRefusal(reply, { rule });
  else context.recordLimit(rule, limit, reply);
}

/** Records the denial of a client that policy lets in only because it is to report. */
export function reportDenial(context: SessionContext): void {
  if (!context.policy.settings.reportOnly) return;
  const denial = clientDenial(context.policy, context.session.clientAddress);
  if (denial !== undefined) context.isRefused(denial.reply, { rule: denial.rule });
}

/** The `client#` item that denies a client, `reportOnly` or not. */
function clientDenial(policy: Policy, clientAddress: string): SessionRefusal | undefined {
  const rule = clientRule(policy.clients, clientAddress);
  return rule?.access === 'deny' ? { reply: REPLIES.clientDenied, rule: rule.rule } : undefined;
}

/** Puts a newer snapshot in force, which may say that this client, or anybody, is no longer served. */
export function adoptPolicy(context: SessionContext, policy: Policy): void {
  context.policy = policy;
  const refusal = admissionRefusal(policy, context.session.clientAddress);
  if (refusal === undefined) {
    reportDenial(context);
    return;
  }
  recordSessionRefusal(context, refusal);
  context.closeWith(refusal.reply, refusal.rule);
}
