/** The look-up of issuers' hosts, held to the addresses that their documents may be fetched from. */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isReachable, type Reach } from '../../policy/reachable-address.ts';

/**
 * A look-up for sockets that fails when any address of the name is out of reach. It is the connection's own: no second
 * look-up can answer otherwise behind it.
 *
 * @param resolve the system's, but in tests
 */
export function lookupWithin(reach: Reach, resolve: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const problem = error ?? problemOf(hostname, addresses, reach);
      const [first] = addresses ?? [];
      if (problem !== undefined || first === undefined)
        callback(problem ?? new Error(`${hostname} has no address`), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function problemOf(hostname: string, addresses: readonly LookupAddress[], reach: Reach): Error | undefined {
  const unreachable = addresses.find(({ address }) => !isReachable(address, reach));
  return unreachable && new Error(`${hostname} is at ${unreachable.address}, which is not ${reach}`);
}
