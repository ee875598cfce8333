/** Whether a stranger can send through the server to a domain that it is not for, in any way of writing the address. */
import { type AddressForm, addressForms } from './address-forms.ts';
import { greetSecurely, isGood, type ProbeOptions, said } from './context.ts';
import { type Conversation, ConversationError } from './conversation.ts';
import { fault, note, ok, type ProbeStep } from './report.ts';

/** A domain that exists, takes no mail (RFC 7505) and is no one's (RFC 2606). */
const OTHER_DOMAIN = 'example.org';
/** Forms a conversation: servers close one with many errors, which would leave the rest unasked. */
const FORMS_A_CONVERSATION = 6;

interface Judged {
  readonly form: AddressForm;
  /** `relays`: taken. `unclear`: taken like any mailbox of the server. `later`: put off, as by greylisting. */
  readonly verdict: 'refused' | 'relays' | 'unclear' | 'later';
  readonly reply: string;
}

/** Asks in every form; no message is sent, each recipient is taken back by RSET. */
export async function probeRelay(options: ProbeOptions): Promise<readonly ProbeStep[]> {
  const first = await greetSecurely(options);
  const names = {
    own: options.domain ?? ownDomain(first.name, options),
    other: OTHER_DOMAIN,
    literal: literalOf(options),
  };
  // What a mailbox of the server that surely is not there is answered.
  const own = await ask(first.conversation, '<postern-probe@example.net>', `<postern-probe-no-such-user@${names.own}>`);
  const bare = await ask(first.conversation, '<postern-probe@example.net>', '<postern-probe-no-such-user>');
  first.conversation.close();
  const takesAny = isGood(own) || isGood(bare);
  const judged: Judged[] = [];
  const forms = addressForms(names);
  for (let start = 0; start < forms.length; start += FORMS_A_CONVERSATION) {
    judged.push(...(await askAll(forms.slice(start, start + FORMS_A_CONVERSATION), takesAny, options)));
  }
  return verdictOf(judged);
}

async function askAll(
  forms: readonly AddressForm[],
  takesAny: boolean,
  options: ProbeOptions,
): Promise<readonly Judged[]> {
  const { conversation } = await greetSecurely(options);
  const judged: Judged[] = [];
  try {
    for (const form of forms) {
      const reply = await ask(conversation, form.sender, form.recipient);
      judged.push({ form, verdict: judge(reply.code, form, takesAny), reply: said(reply) });
    }
  } catch (error) {
    if (!(error instanceof ConversationError)) throw error;
    // A server that closes after so many errors has relayed nothing; what is left of the group was not judged.
    const left = forms.slice(judged.length);
    judged.push(...left.map((form) => ({ form, verdict: 'later' as const, reply: error.message })));
  } finally {
    conversation.close();
  }
  return judged;
}

/** The reply to RCPT, or to MAIL where that is refused already; the transaction is taken back. */
async function ask(conversation: Conversation, sender: string, recipient: string): ReturnType<Conversation['ask']> {
  const mail = await conversation.ask(`MAIL FROM:${sender}`);
  const reply = isGood(mail) ? await conversation.ask(`RCPT TO:${recipient}`) : mail;
  await conversation.ask('RSET');
  return reply;
}

function judge(code: number, { isOwn }: AddressForm, takesAny: boolean): Judged['verdict'] {
  if (code >= 500) return 'refused';
  if (code >= 400) return 'later';
  return isOwn && takesAny ? 'unclear' : 'relays';
}

function verdictOf(judged: readonly Judged[]): readonly ProbeStep[] {
  const of = (verdict: Judged['verdict']): readonly Judged[] => judged.filter((each) => each.verdict === verdict);
  const named = (some: readonly Judged[]): string =>
    some.map(({ form, reply }) => `${form.name} ${form.recipient}: ${reply}`).join('; ');
  const relays = of('relays');
  const steps: ProbeStep[] = [];
  if (relays.length > 0) {
    steps.push(
      fault(
        'relay',
        `taken from a stranger: ${named(relays)}`,
        'refuse recipients of domains that are not yours; see docs/runbook.md',
      ),
    );
  } else {
    steps.push(
      ok(
        'relay',
        `${of('refused').length} of ${judged.length} address forms are refused, as ${judged[0]?.reply ?? 'none'}`,
      ),
    );
  }
  const unclear = of('unclear');
  if (unclear.length > 0) {
    steps.push(note('relay-catch-all', `the server takes any mailbox of its own, and so these: ${named(unclear)}`));
  }
  const later = of('later');
  if (later.length > 0) steps.push(note('relay-deferred', `put off, so not judged: ${named(later)}`));
  return steps;
}

/** The domain of a host name: `example.com` of `mx1.example.com`, the name itself where it has no more than two labels. */
function ownDomain(ehloLine: string, { door }: ProbeOptions): string {
  const [name = ''] = ehloLine.split(' ');
  const host = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(name) ? name : (door.name ?? door.host);
  const labels = host.split('.');
  return labels.length > 2 && !/^\d+$/.test(labels.at(-1) ?? '') ? labels.slice(1).join('.') : host;
}

function literalOf({ door }: ProbeOptions): string {
  if (door.host.includes(':')) return `[IPv6:${door.host}]`;
  return /^[\d.]+$/.test(door.host) ? `[${door.host}]` : '[127.0.0.1]';
}
