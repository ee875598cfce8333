/** What is asked of `explain`: the request's body, and the question that it makes of the tables. */
import * as z from 'zod';
import { parseAddress, plainAddress } from '../../../policy/client-network.ts';
import { parseUser, userKey } from '../../../policy/user.ts';
import type { Identity } from '../../../protocol/session/session-context.ts';
import { type PolicyOnTrial, storedPolicyOnTrial } from '../../trial/dry-run-policy.ts';
import type { ExplainQuestion, ExplainStep } from '../../trial/explain/explain.ts';
import {
  contentSchema,
  type Entry,
  entrySchema,
  envelopeLines,
  excessOf,
  MAX_LINES,
  MAX_MESSAGE_OCTETS,
  octetsOf,
  saysAuth,
  saysStartTls,
} from '../../trial/explain/explain-dialogue.ts';
import { nameSchema } from '../contract/answers/names.ts';
import { type PolicyDocument, policyDocumentSchema } from '../contract/answers/policy-document.ts';
import type { FieldError } from '../contract/problem-body.ts';
import { invalid, invalidField, Problem } from '../http/problem.ts';
import { noSuchServer } from '../servers/policy-in-force.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { documentOnTrial } from './document-on-trial.ts';

/** An address of a network for documentation (RFC 5737): no client's, and in no item but by mistake. */
const NOBODYS_ADDRESS = '192.0.2.1';

const clientSchema = z.strictObject({
  address: z
    .string()
    .refine((text) => parseAddress(text) !== undefined, 'is not an IP address')
    .default(NOBODYS_ADDRESS),
  port: z.int().min(0).max(65_535).default(0),
  /** TLS before the greeting. */
  tls: z.boolean().optional(),
});

/** An address without its angle brackets; no line end, so that it says one command. */
const pathSchema = z
  .string()
  .max(1000)
  .regex(/^[^\r\n]*$/, 'holds a line end');

export const explainBodySchema = z.strictObject({
  /** What the client sends; or `from` and `to` in its place. */
  dialogue: z.array(entrySchema).max(MAX_LINES).optional(),
  from: pathSchema.optional(),
  to: z.union([pathSchema.transform((path) => [path]), z.array(pathSchema).max(MAX_LINES)]).optional(),
  /** The message that is sent then; with DATA, where the dialogue has not said it. */
  content: contentSchema.optional(),
  client: clientSchema.optional(),
  identity: nameSchema.optional(),
  policy: policyDocumentSchema.optional(),
});
export type ExplainBody = z.output<typeof explainBodySchema>;

/**
 * The question. Only the tables that it needs are read.
 *
 * @throws Problem of why there is none
 */
export async function explainQuestion(
  server: string,
  body: ExplainBody,
  stores: Pick<AdminStores, 'policy' | 'users'>,
): Promise<ExplainQuestion> {
  const trial = await trialOf(server, body, stores);
  const dialogue = dialogueOf(body);
  const steps = [...stepsOf(dialogue), ...messageStep(body)];
  const identity = await identityOf({ ...body, dialogue }, { server, trial }, stores);
  const who = identity === undefined ? {} : { identity };
  return { server, trial, steps, client: clientOf({ ...body, dialogue }), ...who };
}

type Asked = Omit<ExplainBody, 'dialogue'> & { readonly dialogue: readonly Entry[] };

function dialogueOf({ dialogue, from, to }: ExplainBody): readonly Entry[] {
  const hasEnvelope = from !== undefined || to !== undefined;
  if (dialogue !== undefined) {
    if (hasEnvelope) throw invalidField('from', from, 'stands in place of a dialogue: give one of them');
    return dialogue;
  }
  if (from === undefined) throw invalidField('dialogue', undefined, 'is missing, and so are from and to in its place');
  return envelopeLines(from, to ?? []);
}

function messageStep({ content }: ExplainBody): readonly ExplainStep[] {
  if (content === undefined) return [];
  if (content.length <= MAX_MESSAGE_OCTETS) return [{ kind: 'message', octets: content }];
  throw invalidField('content', undefined, `has ${content.length} octets where ${MAX_MESSAGE_OCTETS} are explained`);
}

/** The policy in force, or the document's; a document makes a server of any name. */
async function trialOf(
  server: string,
  { policy }: ExplainBody,
  stores: Pick<AdminStores, 'policy'>,
): Promise<PolicyOnTrial> {
  if (policy === undefined) return trialInForce(server, stores);
  const document = documentOnTrial(policy, 'policy');
  if (document.kind === 'errors') throw invalid(document.errors);
  return document.trial;
}

export async function trialInForce(server: string, stores: Pick<AdminStores, 'policy'>): Promise<PolicyOnTrial> {
  const inForce = await storedPolicyOnTrial(server, stores.policy);
  if (inForce === undefined) throw noSuchServer(server);
  if (!inForce.ok) throw new Problem('conflict', `${server} has no policy in force: ${inForce.problem}`);
  return inForce.value;
}

/** As `authenticate` reads it: key and attributes; `undefined` when there is no such user. */
export async function userItem(user: string, { users }: Pick<AdminStores, 'users'>): Promise<unknown> {
  const stored = await users.read(user);
  return stored === undefined ? undefined : { ...stored.attributes, user: stored.user };
}

function stepsOf(dialogue: readonly Entry[]): readonly ExplainStep[] {
  const excess = excessOf(dialogue);
  if (excess !== undefined) throw invalidField(`dialogue.${excess.at}`, undefined, excess.problem);
  const errors: FieldError[] = [];
  const steps: ExplainStep[] = [];
  for (const [at, entry] of dialogue.entries()) {
    const document = policyOf(entry);
    const onTrial = document === undefined ? undefined : documentOnTrial(document, `dialogue.${at}.policy`);
    if (onTrial?.kind === 'errors') errors.push(...onTrial.errors);
    else steps.push(onTrial === undefined ? stepOf(entry) : { kind: 'policy', trial: onTrial.trial });
  }
  if (errors.length > 0) throw invalid(errors);
  return steps;
}

function policyOf(entry: Entry): PolicyDocument | undefined {
  return typeof entry !== 'string' && 'policy' in entry ? entry.policy : undefined;
}

function stepOf(entry: Entry): ExplainStep {
  const octets = octetsOf(entry);
  if (octets !== undefined || typeof entry === 'string') return { kind: 'send', octets: octets ?? Buffer.alloc(0) };
  if ('waitSeconds' in entry) return { kind: 'wait', seconds: entry.waitSeconds };
  if ('happens' in entry) return { kind: 'happen', happening: entry.happens };
  throw new TypeError('An entry of a dialogue says nothing');
}

/** Who is to be logged in; the client does that by itself where its dialogue has AUTH. */
async function identityOf(
  { identity: name, dialogue }: Asked,
  { server, trial }: Pick<ExplainQuestion, 'server' | 'trial'>,
  stores: Pick<AdminStores, 'users'>,
): Promise<Identity | undefined> {
  if (name === undefined || saysAuth(dialogue)) return undefined;
  const key = userKey(name);
  if (!key.ok) throw invalidField('identity', name, key.problem);
  // Whom a next hop knows only it can tell; whoever logs in there may send as anybody.
  if (trial.policy.settings.authenticator === 'next-hop') {
    return { name: key.value, senders: ['*'], mayBounce: true, limits: {} };
  }
  const item = await userItem(key.value, stores);
  if (item === undefined) throw new Problem('not-found', `There is no user "${name}"`);
  const result = parseUser(item);
  if (!result.ok) throw cannotLogIn(name, result.problem);
  const { user, enabled, servers, senders, mayBounce, limits } = result.value;
  if (!enabled) throw cannotLogIn(name, 'it is not enabled');
  if (!servers.has(server)) throw cannotLogIn(name, `${server} is not one of its servers`);
  return { name: user, senders, mayBounce, limits: { ...limits } };
}

function cannotLogIn(name: string, why: string): Problem {
  return new Problem('conflict', `User "${name}" cannot log in: ${why}`);
}

/** Whoever has logged in without a word of it in the dialogue came by TLS, unless it says otherwise. */
function clientOf({ client, identity, dialogue }: Asked): ExplainQuestion['client'] {
  const { address = NOBODYS_ADDRESS, port = 0, tls } = client ?? {};
  const isLoggedIn = identity !== undefined && !saysAuth(dialogue) && !saysStartTls(dialogue);
  return { address: plainAddress(address), port, tls: tls ?? isLoggedIn };
}
