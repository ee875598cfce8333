import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ProbeOptions } from '../../functions/probe/context.ts';
import { probe } from '../../functions/probe/probe.ts';
import { isClean, type Outcome, type ProbeReport, type ServerKind } from '../../functions/probe/report.ts';
import { noMore, required, wholeNumberOption } from '../arguments.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { whyNot } from '../input/text-input.ts';
import { counted } from '../output/counted.ts';
import type { Output } from '../output/output.ts';

/** Ports of RFC 5321, 6409 and 8314, and those of the embedded run: what is spoken there. */
const PORTS: Readonly<Record<number, { readonly kind: ServerKind; readonly tls: 'starttls' | 'implicit' }>> = {
  25: { kind: 'inbound', tls: 'starttls' },
  2525: { kind: 'inbound', tls: 'starttls' },
  587: { kind: 'submission', tls: 'starttls' },
  2587: { kind: 'submission', tls: 'starttls' },
  465: { kind: 'submission', tls: 'implicit' },
  2465: { kind: 'submission', tls: 'implicit' },
};
const QUIET_MS = 1_000;
/** The password of the user to log in as; never an argument, which other users of a machine can read. */
const PASSWORD_VARIABLE = 'POSTERN_PROBE_PASSWORD';

export const probeCommand = defineCommand({
  name: 'probe',
  help: `Usage: postern probe HOST[:PORT] [--inbound|--submission] [--domain DOMAIN] [--name NAME]
       postern probe HOST[:PORT] --deliver FROM,TO [--login USER]

Speaks to a server, ours or not, and shows what of it is not as it should be: greeting, STARTTLS and what it could
hide, the certificate's chain, name and days, old versions of TLS, AUTH in the clear, relaying in 41 ways of writing
an address, a command of 16 KiB, VRFY and EXPN. No message is sent unless --deliver asks for it.

  HOST[:PORT]           the port is 25, or 587 with --submission; [2001:db8::1]:25 for an IPv6 address
  --inbound             takes mail of strangers for its own domains; the default at 25 and 2525
  --submission          takes mail of users who log in; the default at 465, 587, 2465 and 2587
  --domain DOMAIN       a domain that the server is for; else taken from the name that it gives itself
  --name NAME           the name that its certificate must have, where HOST is an address
  --ca FILE             certificate authorities to trust besides the usual ones, PEM
  --deliver FROM,TO     sends one message, and tries whether odd line ends hide a second one in it
  --login USER          logs in; the password is read from ${PASSWORD_VARIABLE}
  --timeout SECONDS     for each answer (default 10)

Exit code 0: nothing wrong was found; 1: something was, or the server cannot be reached.

  postern probe 127.0.0.1:2525
`,
  places: [],
  options: {
    inbound: { type: 'boolean' },
    submission: { type: 'boolean' },
    domain: { type: 'string' },
    name: { type: 'string' },
    ca: { type: 'string' },
    deliver: { type: 'string' },
    login: { type: 'string' },
    timeout: { type: 'string' },
  },
  run: async ({ values, words: [target, ...rest] }, { output, nowMs, pathOf }) => {
    noMore(rest);
    const { host, port: givenPort } = readTarget(required(target, 'HOST'));
    const port = givenPort ?? (values.submission === true ? 587 : 25);
    const known = PORTS[port];
    if (values.inbound === true && values.submission === true)
      throw new UsageError('--inbound and --submission: which?');
    const kind = values.submission === true ? 'submission' : values.inbound === true ? 'inbound' : known?.kind;
    const report = await probe({
      door: { host, port, tls: known?.tls ?? 'starttls', name: values.name },
      kind: kind ?? 'inbound',
      domain: values.domain,
      timeoutMs: 1000 * (wholeNumberOption(values.timeout, '--timeout', 1) ?? 10),
      quietMs: QUIET_MS,
      nowMs,
      ...(values.ca === undefined ? {} : { ca: readAuthorities(pathOf(values.ca)) }),
      ...readDelivery(values.deliver),
      ...readLogin(values.login),
    });
    if (output.isJson) output.json(report);
    else show(report, output);
    return isClean(report) ? 0 : 1;
  },
});

/** `host`, `host:25`, `[2001:db8::1]:25` and `2001:db8::1`. */
function readTarget(text: string): { host: string; port: number | undefined } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = isIP(text) === 6 ? text : (bracketed ?? plain);
  if (host === undefined || Number(port ?? 1) > 65_535 || Number(port ?? 1) < 1) {
    throw new UsageError(`"${text}" is not HOST or HOST:PORT`);
  }
  return { host, port: port === undefined ? undefined : Number(port) };
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`Cannot read ${file}: ${whyNot(error)}`);
  }
}

function readDelivery(text: string | undefined): Pick<ProbeOptions, 'deliver'> {
  if (text === undefined) return {};
  const [from, to, ...more] = text.split(',');
  if (from === undefined || to === undefined || more.length > 0 || !/^[^\s<>@]+@[^\s<>@]+$/.test(to)) {
    throw new UsageError(`--deliver is "${text}" where FROM,TO is expected: two addresses and a comma`);
  }
  return { deliver: { from, to } };
}

function readLogin(username: string | undefined): Pick<ProbeOptions, 'login'> {
  if (username === undefined) return {};
  const password = process.env[PASSWORD_VARIABLE];
  if (password === undefined)
    throw new UsageError(`--login reads the password from ${PASSWORD_VARIABLE}, which is not set`);
  return { login: { username, password } };
}

const WORDS: Readonly<Record<Outcome, string>> = { ok: 'ok', fault: 'FAULT', note: 'note', skipped: '-' };

function show(report: ProbeReport, output: Output): void {
  output.table(
    [
      { heading: 'CHECK', cell: ({ check }) => check },
      { heading: 'OUTCOME', cell: ({ outcome }) => WORDS[outcome] },
      { heading: 'MS', cell: ({ ms }) => (ms === undefined ? '' : Math.round(ms)), kind: 'number' },
      { heading: 'WHAT WAS SEEN', cell: ({ detail }) => detail },
    ],
    report.steps,
    'Nothing was tried.',
  );
  const faults = report.steps.filter(({ outcome }) => outcome === 'fault');
  output.footer('');
  for (const { check, todo } of faults) output.footer(`${check}: ${todo}`);
  const what = faults.length === 0 ? 'no fault found' : counted(faults.length, 'fault');
  output.footer(`${report.host}:${report.port} as a server for ${report.kind}: ${what}.`);
}
