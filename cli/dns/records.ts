/** The DNS records that a published server should have, as facts of its policy make them. */
import { isIPv4 } from 'node:net';

export const RECORD_TYPES = ['A', 'AAAA', 'MX', 'PTR', 'TXT', 'CNAME', 'TLSA'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

export interface DnsRecord {
  /** Without a final dot. */
  readonly name: string;
  readonly type: RecordType;
  /** As a zone file has it, text without its quotation marks. */
  readonly value: string;
  /** What it is for, for people. */
  readonly why: string;
  /** `name`: any value will do, as of SPF that was written for more senders. `begins`: what the value begins with. */
  readonly match: 'exact' | 'begins';
}

export interface DnsFacts {
  readonly hostname: string;
  /** Addresses that the server has. */
  readonly addresses: readonly string[];
  /** Domains that it takes mail for. */
  readonly domains: readonly string[];
  /** Domains that its users send from by Amazon SES; none where it does not use SES. */
  readonly senderDomains: readonly string[];
  /** AWS region, for the records that SES wants. */
  readonly region: string;
  /** DKIM tokens that SES gave a domain. */
  readonly dkimTokens?: Readonly<Record<string, readonly string[]>>;
  /** SHA-256 of the certificate's public key, hexadecimal. */
  readonly keySha256?: string | undefined;
  /** Whether the domains have an MTA-STS policy host. */
  readonly hasMtaSts: boolean;
}

/** All records, those of the host first. */
export function recordsOf(facts: DnsFacts): readonly DnsRecord[] {
  return [
    ...hostRecords(facts),
    ...facts.domains.flatMap((domain) => domainRecords(domain, facts)),
    ...facts.senderDomains.flatMap((domain) => senderRecords(domain, facts)),
  ];
}

function hostRecords({ hostname, addresses, keySha256 }: DnsFacts): DnsRecord[] {
  const records = addresses.flatMap((address): DnsRecord[] => [
    exact(hostname, isIPv4(address) ? 'A' : 'AAAA', address, 'where clients connect to'),
    exact(
      reverseName(address),
      'PTR',
      `${hostname}.`,
      'the name of the address: large receivers and senders ask for it',
    ),
  ]);
  if (keySha256 !== undefined) {
    const why = 'the key of the certificate (RFC 7672); only where the zone is signed by DNSSEC';
    records.push(exact(`_25._tcp.${hostname}`, 'TLSA', `3 1 1 ${keySha256}`, why));
  }
  return records;
}

function domainRecords(domain: string, { hostname, hasMtaSts }: DnsFacts): DnsRecord[] {
  const reports = `rua=mailto:tls-reports@${domain}`;
  return [
    exact(domain, 'MX', `10 ${hostname}.`, 'mail for the domain comes here'),
    begins(`_smtp._tls.${domain}`, 'TXT', `v=TLSRPTv1; ${reports}`, 'where senders report failed TLS (RFC 8460)'),
    ...(hasMtaSts
      ? [begins(`_mta-sts.${domain}`, 'TXT', 'v=STSv1; id=', 'says that there is an MTA-STS policy (RFC 8461)')]
      : []),
  ];
}

function senderRecords(domain: string, { region, dkimTokens = {} }: DnsFacts): DnsRecord[] {
  return [
    begins(domain, 'TXT', 'v=spf1 include:amazonses.com ~all', 'who may send for the domain (RFC 7208)'),
    begins(
      `_dmarc.${domain}`,
      'TXT',
      `v=DMARC1; p=none; rua=mailto:dmarc@${domain}`,
      'what receivers do with mail that fails (RFC 7489)',
    ),
    exact(`mail.${domain}`, 'MX', `10 feedback-smtp.${region}.amazonses.com.`, 'MAIL FROM domain of SES: bounces'),
    begins(
      `mail.${domain}`,
      'TXT',
      'v=spf1 include:amazonses.com ~all',
      'MAIL FROM domain of SES: SPF in step with DMARC',
    ),
    ...(dkimTokens[domain] ?? []).map((token) =>
      exact(`${token}._domainkey.${domain}`, 'CNAME', `${token}.dkim.amazonses.com.`, 'DKIM key of SES'),
    ),
  ];
}

function exact(name: string, type: RecordType, value: string, why: string): DnsRecord {
  return { name, type, value, why, match: 'exact' };
}

function begins(name: string, type: RecordType, value: string, why: string): DnsRecord {
  return { name, type, value, why, match: 'begins' };
}

/** The name that a PTR record of an address has (RFC 1035 section 3.5; RFC 3596 section 2.5). */
export function reverseName(address: string): string {
  if (isIPv4(address)) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [
    ...groups(head),
    ...Array.from({ length: address.includes('::') ? missing : 0 }, () => '0'),
    ...groups(tail),
  ];
  const digits = all.map((group) => group.padStart(4, '0')).join('');
  return `${[...digits].toReversed().join('.')}.ip6.arpa`;
}

/** A line of a zone file, ready to paste. */
export function zoneLine({ name, type, value }: DnsRecord): string {
  return `${name}. 3600 IN ${type} ${type === 'TXT' ? `"${value}"` : value}`;
}

/** What DNS says of a record. */
export interface Compared {
  readonly record: DnsRecord;
  readonly state: 'ok' | 'missing' | 'differs' | 'unknown';
  readonly found: readonly string[];
}

/** Values of a name and type there are; rejects where DNS cannot be asked. */
export type Ask = (name: string, type: RecordType) => Promise<readonly string[]>;

/** Asks DNS for each record. Never rejects: what cannot be asked is `unknown`. */
export async function compareRecords(records: readonly DnsRecord[], ask: Ask): Promise<readonly Compared[]> {
  return Promise.all(
    records.map(async (record): Promise<Compared> => {
      try {
        const found = await ask(record.name, record.type);
        return { record, found, state: stateOf(record, found) };
      } catch {
        return { record, found: [], state: 'unknown' };
      }
    }),
  );
}

function stateOf({ value, match, type }: DnsRecord, found: readonly string[]): Compared['state'] {
  const same = (other: string): boolean => {
    const [a, b] = [comparable(value), comparable(other)];
    // A text record that says more, or names other senders, was written by somebody who knows: its kind must be there.
    return match === 'exact' ? a === b : b.startsWith(a.split(/[ ;]/)[0] ?? a);
  };
  if (found.some(same)) return 'ok';
  const others =
    type === 'TXT' ? found.filter((text) => comparable(text).startsWith(comparable(value).slice(0, 5))) : found;
  return others.length === 0 ? 'missing' : 'differs';
}

function comparable(text: string): string {
  return text.trim().toLowerCase().replace(/\.$/, '');
}
