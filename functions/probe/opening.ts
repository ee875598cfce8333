/** Checks of how a server begins: greeting, EHLO, STARTTLS and what it can hide, certificate, versions of TLS. */
import { type Greeted, greet, greetSecurely, leave, open, type ProbeOptions, said } from './context.ts';
import type { TlsFacts } from './conversation.ts';
import { fault, note, ok, type ProbeStep, skipped } from './report.ts';

const DAY_MS = 86_400_000;
/** Days before the end of a certificate from which a probe is at fault: time to act, and to act again. */
export const MIN_CERTIFICATE_DAYS = 21;

/** Greeting and EHLO. @throws ConversationError when the server cannot be spoken to */
export async function probeGreeting(options: ProbeOptions): Promise<readonly ProbeStep[]> {
  const startMs = options.nowMs();
  const [conversation, banner] = await open(options);
  const greetedMs = options.nowMs();
  conversation.close();
  const { conversation: second, name, keywords } = await greet(options);
  leave(second);
  return [
    ok('greeting', said(banner), greetedMs - startMs),
    ok('ehlo', `${name}: ${[...keywords.keys()].join(', ') || 'no extensions'}`, options.nowMs() - greetedMs),
  ];
}

/** STARTTLS, the certificate, and that nothing said before the handshake counts after it (RFC 3207 section 4.2). */
export async function probeTls(options: ProbeOptions): Promise<readonly ProbeStep[]> {
  const startMs = options.nowMs();
  const greeted = await greetSecurely(options);
  leave(greeted.conversation);
  const { tls } = greeted.conversation;
  if (tls === undefined)
    return [fault('starttls', 'STARTTLS is not offered', 'switch TLS on: mail and logins are read on the way')];
  const steps = [
    ok('tls', `${tls.protocol}, ${tls.cipher}`, options.nowMs() - startMs),
    ...certificateSteps(tls, options.nowMs()),
  ];
  return [
    ...steps,
    ...(options.door.tls === 'starttls' ? [await probeInjection(options)] : []),
    await probeOldVersions(options),
  ];
}

function certificateSteps({ problem, names, issuer, expiresAtMs }: TlsFacts, nowMs: number): readonly ProbeStep[] {
  const days = Math.floor((expiresAtMs - nowMs) / DAY_MS);
  const what = `${names.join(', ')}; by ${issuer || 'itself'}`;
  return [
    problem === undefined
      ? ok('certificate', what)
      : fault(
          'certificate',
          `does not verify: ${problem} (${what})`,
          'install a certificate of the name that clients use, with its whole chain',
        ),
    {
      ...(days >= MIN_CERTIFICATE_DAYS
        ? ok('certificate-expiry', `${days} days left`)
        : fault(
            'certificate-expiry',
            days < 0 ? `expired ${-days} days ago` : `${days} days left`,
            'renew the certificate now',
          )),
      days,
    },
  ];
}

async function probeInjection(options: ProbeOptions): Promise<ProbeStep> {
  const { conversation } = await greet(options);
  try {
    conversation.write('STARTTLS\r\nNOOP\r\n');
    const reply = await conversation.reply();
    if (reply.code !== 220) return ok('starttls-injection', `refused: ${said(reply)}`);
    await conversation.secure();
    const injected = await conversation.unasked(options.quietMs);
    if (injected === undefined) return ok('starttls-injection', 'what came in the clear after STARTTLS is dropped');
    return fault(
      'starttls-injection',
      `a command sent in the clear is answered under TLS: ${said(injected)}`,
      'update the server: commands of a stranger run in the session of a user (CVE-2011-0411)',
    );
  } finally {
    conversation.close();
  }
}

async function probeOldVersions(options: ProbeOptions): Promise<ProbeStep> {
  const spoken: Greeted | undefined = await greetSecurely(options, {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  }).catch(() => undefined);
  spoken?.conversation.close();
  const protocol = spoken?.conversation.tls?.protocol;
  if (protocol === undefined) return ok('tls-versions', 'TLS 1.0 and 1.1 are refused');
  return fault('tls-versions', `${protocol} is spoken`, 'ask for TLS 1.2 at least (RFC 8996)');
}

/** Whether passwords could be read on the way, and whether users can log in at all. */
export async function probeAuth(options: ProbeOptions): Promise<readonly ProbeStep[]> {
  const secured = await greetSecurely(options);
  leave(secured.conversation);
  const mechanisms = secured.keywords.get('AUTH');
  const offer =
    options.kind === 'submission' && mechanisms === undefined
      ? fault('auth', 'AUTH is not offered under TLS', 'let users log in: settings authentication, and the certificate')
      : ok('auth', mechanisms === undefined ? 'not offered' : `offered under TLS: ${mechanisms}`);
  return [
    offer,
    options.door.tls === 'implicit'
      ? skipped('auth-clear', 'nothing is said in the clear here')
      : await probeClearAuth(options),
  ];
}

async function probeClearAuth(options: ProbeOptions): Promise<ProbeStep> {
  const todo = 'let AUTH wait for TLS (authenticationRequiresTls): passwords are read on the way';
  const { conversation, keywords } = await greet(options);
  try {
    if (keywords.has('AUTH')) return fault('auth-clear', `AUTH ${keywords.get('AUTH')} is offered in the clear`, todo);
    const reply = await conversation.ask('AUTH PLAIN');
    if (reply.code === 334) return fault('auth-clear', `AUTH PLAIN is taken in the clear: ${said(reply)}`, todo);
    return ok('auth-clear', `not offered in the clear; AUTH is answered ${said(reply)}`);
  } finally {
    conversation.close();
  }
}

/** Logs in, where a user is given: AUTH seen through. */
export async function probeLogin(options: ProbeOptions): Promise<ProbeStep> {
  if (options.login === undefined) return skipped('login', 'no user to log in with was given');
  const { conversation } = await greetSecurely(options);
  try {
    if (conversation.tls === undefined) return note('login', 'not tried: the server has no TLS');
    const { username, password } = options.login;
    const startMs = options.nowMs();
    const reply = await conversation.ask(`AUTH PLAIN ${Buffer.from(`\0${username}\0${password}`).toString('base64')}`);
    if (reply.code === 235) return ok('login', said(reply), options.nowMs() - startMs);
    return fault('login', `${username} is answered ${said(reply)}`, 'check the user, and the function authenticate');
  } finally {
    conversation.close();
  }
}
