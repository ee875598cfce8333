/** DNS as it is, by the machine's own resolver. */
import { Resolver } from 'node:dns/promises';
import type { Ask } from './records.ts';

/** Milliseconds of one try. */
const TIMEOUT_MS = 3_000;
/** What DNS says of a name that has no such record. */
const NOTHING = ['ENOTFOUND', 'ENODATA'];

/** @param servers addresses of name servers to ask in place of the machine's */
export function resolver(servers: readonly string[] = []): Ask {
  const dns = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
  if (servers.length > 0) dns.setServers([...servers]);
  return async (name, type) => {
    try {
      return await valuesOf(dns, name, type);
    } catch (error) {
      if (NOTHING.includes((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw error;
    }
  };
}

async function valuesOf(dns: Resolver, name: string, type: Parameters<Ask>[1]): Promise<readonly string[]> {
  switch (type) {
    case 'A':
      return dns.resolve4(name);
    case 'AAAA':
      return dns.resolve6(name);
    case 'MX':
      return (await dns.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}.`);
    case 'PTR':
      return (await dns.resolvePtr(name)).map((host) => `${host}.`);
    case 'TXT':
      return (await dns.resolveTxt(name)).map((parts) => parts.join(''));
    case 'CNAME':
      return (await dns.resolveCname(name)).map((host) => `${host}.`);
    case 'TLSA': {
      const records = await dns.resolveTlsa(name);
      return records.map(
        ({ certUsage, selector, match, data }) =>
          `${certUsage} ${selector} ${match} ${Buffer.from(data).toString('hex')}`,
      );
    }
  }
}
