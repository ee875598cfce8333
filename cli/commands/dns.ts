import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { policyAnswer } from '../../functions/admin/contract/answers/policy-document.ts';
import { serversAnswer } from '../../functions/admin/contract/answers/server-answer.ts';
import { Conversation } from '../../functions/probe/conversation.ts';
import { path } from '../api/path.ts';
import { noMore } from '../arguments.ts';
import { UsageError } from '../cli-error.ts';
import { collect } from '../collect.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { type Compared, compareRecords, type DnsFacts, recordsOf, zoneLine } from '../dns/records.ts';
import { resolver } from '../dns/resolver.ts';
import { counted } from '../output/counted.ts';

const CONNECT_MS = 5_000;

export const dnsCommand = defineCommand({
  name: 'dns',
  help: `Usage: postern dns [SERVER] [--check] [--address ADDRESS]... [--sender DOMAIN]... [--mta-sts] [--tlsa]

Prints the DNS records that each published server, or one, should have, as lines of a zone file ready to paste: A, AAAA
and PTR of its addresses, MX and TLS-RPT of its domains, SPF, DMARC and MAIL FROM records of domains that send by SES.

  --check             compares them with DNS as it is, in a table; exit code 1 where one is missing or differs
  --address ADDRESS   an address of the server; without it, those that its name has in DNS now
  --sender DOMAIN     a domain that users send from by Amazon SES
  --mta-sts           the domains have an MTA-STS policy host
  --tlsa              a TLSA record of the key that the server has now; it is asked at port 25
  --name-server IP    asks this name server

  postern dns inbound --address 192.0.2.10
`,
  places: [['SERVER']],
  options: {
    check: { type: 'boolean' },
    address: { type: 'string', multiple: true },
    sender: { type: 'string', multiple: true },
    'mta-sts': { type: 'boolean' },
    tlsa: { type: 'boolean' },
    'name-server': { type: 'string', multiple: true },
  },
  run: async ({ values, words: [server, ...rest] }, context) => {
    noMore(rest);
    for (const address of values.address ?? []) {
      if (isIP(address) === 0) throw new UsageError(`--address is "${address}" where an IP address is expected`);
    }
    const names = server === undefined ? await serverNames(context) : [server];
    const ask = resolver(values['name-server']);
    let faults = 0;
    for (const name of names) {
      const facts = await factsOf(name, values, context, ask);
      const records = recordsOf(facts);
      if (values.check === true) faults += show(name, await compareRecords(records, ask), context);
      else if (context.output.isJson)
        for (const record of records) context.output.jsonLine({ server: name, ...record });
      else {
        context.output.line(`; ${name}: ${facts.hostname}`);
        for (const record of records) {
          context.output.line(`; ${record.why}`);
          context.output.line(zoneLine(record));
        }
        if (facts.addresses.length === 0)
          context.output.line(`; ${facts.hostname} has no address in DNS: name it with --address`);
      }
    }
    return faults > 0 ? 1 : 0;
  },
});

async function serverNames({ api }: Context): Promise<readonly string[]> {
  const call = { path: '/servers', doing: 'list the servers', answer: serversAnswer };
  const servers = await collect(
    api.pages({ ...call, entries: (page: { servers: readonly { server: string }[] }) => page.servers }),
  );
  return servers.map(({ server }) => server);
}

interface Wanted {
  readonly address?: readonly string[] | undefined;
  readonly sender?: readonly string[] | undefined;
  readonly 'mta-sts'?: boolean | undefined;
  readonly tlsa?: boolean | undefined;
}

async function factsOf(
  server: string,
  wanted: Wanted,
  { api }: Context,
  ask: ReturnType<typeof resolver>,
): Promise<DnsFacts> {
  const doing = `read the policy of ${server}`;
  const { value } = await api.call({ path: path`/servers/${server}/policy`, doing, answer: policyAnswer });
  const hostname = String(value.settings.hostname ?? server);
  const known = wanted.address ?? [
    ...(await ask(hostname, 'A').catch(() => [])),
    ...(await ask(hostname, 'AAAA').catch(() => [])),
  ];
  return {
    hostname,
    addresses: known,
    domains: Object.keys(value.domains ?? {}),
    senderDomains: wanted.sender ?? [],
    region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'eu-west-1',
    hasMtaSts: wanted['mta-sts'] === true,
    ...(wanted.tlsa === true ? { keySha256: await keyOf(hostname, known[0]) } : {}),
  };
}

/** The key of the certificate that the server shows at port 25. */
async function keyOf(hostname: string, address = hostname): Promise<string> {
  const door = { host: address, port: 25, tls: 'starttls', name: hostname } as const;
  const conversation = await Conversation.open(door, { timeoutMs: CONNECT_MS });
  try {
    await conversation.reply();
    await conversation.ask(`EHLO ${conversation.literal}`);
    await conversation.ask('STARTTLS');
    const { raw } = await conversation.secure();
    const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(key).digest('hex');
  } finally {
    conversation.close();
  }
}

function show(server: string, compared: readonly Compared[], { output }: Context): number {
  const faults = compared.filter(({ state }) => state === 'missing' || state === 'differs').length;
  if (output.isJson) {
    for (const each of compared) output.jsonLine({ server, ...each });
    return faults;
  }
  output.list(
    [
      { heading: 'STATE', cell: ({ state }) => state },
      { heading: 'NAME', cell: ({ record }) => record.name },
      { heading: 'TYPE', cell: ({ record }) => record.type },
      { heading: 'SHOULD BE', cell: ({ record }) => record.value, mayBeCut: true, isNews: true },
      { heading: 'IS', cell: ({ found, state }) => (state === 'ok' ? '' : found), mayBeCut: true },
    ],
    compared,
    `${server} has no address and no domain: there is nothing to compare.`,
  );
  output.line(
    `${server}: ${faults === 0 ? 'nothing is missing' : counted(faults, 'record')}${faults === 0 ? '' : ' missing or different'}.`,
  );
  return faults;
}
