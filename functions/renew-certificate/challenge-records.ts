/** TXT records that prove to an ACME server that a name is ours (RFC 8555 section 8.4), in Route 53. */
import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
  waitUntilResourceRecordSetsChanged,
} from '@aws-sdk/client-route-53';

export interface ChallengeRecords {
  /** Adds a value to the record of a name, and waits until the zone's servers answer with it. */
  add(zone: string, name: string, value: string): Promise<void>;
  /** Takes that value away again; others stay. */
  remove(zone: string, name: string, value: string): Promise<void>;
}

/** Seconds: no one but the ACME server asks for it. */
const TTL_SECONDS = 30;
/** Seconds within which Route 53 has told all its servers; usually a minute is enough. */
const MAX_WAIT_SECONDS = 240;

/** Name of the record of a domain's challenge; that of a wildcard is its domain's. */
export function challengeName(domain: string): string {
  return `_acme-challenge.${domain.replace(/^\*\./, '')}`;
}

export class Route53ChallengeRecords implements ChallengeRecords {
  readonly #client: Route53Client;

  constructor(client: Route53Client) {
    this.#client = client;
  }

  async add(zone: string, name: string, value: string): Promise<void> {
    const values = await this.#values(zone, name);
    await this.#change(zone, 'UPSERT', name, [...new Set([...values, value])]);
  }

  async remove(zone: string, name: string, value: string): Promise<void> {
    const values = await this.#values(zone, name);
    const left = values.filter((each) => each !== value);
    if (left.length > 0) await this.#change(zone, 'UPSERT', name, left);
    else if (values.length > 0) await this.#change(zone, 'DELETE', name, values);
  }

  async #values(zone: string, name: string): Promise<readonly string[]> {
    const { ResourceRecordSets = [] } = await this.#client.send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: zone,
        StartRecordName: name,
        StartRecordType: 'TXT',
        MaxItems: 1,
      }),
    );
    const found = ResourceRecordSets.find(({ Name, Type }) => Type === 'TXT' && Name?.replace(/\.$/, '') === name);
    return (found?.ResourceRecords ?? []).map(({ Value = '' }) => Value.replace(/^"(.*)"$/, '$1'));
  }

  async #change(zone: string, Action: 'UPSERT' | 'DELETE', name: string, values: readonly string[]): Promise<void> {
    const ResourceRecordSet: ResourceRecordSet = {
      Name: name,
      Type: 'TXT',
      TTL: TTL_SECONDS,
      ResourceRecords: values.map((value) => ({ Value: `"${value}"` })),
    };
    const { ChangeInfo } = await this.#client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zone,
        ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
      }),
    );
    if (Action === 'DELETE' || ChangeInfo?.Id === undefined || ChangeInfo.Status === 'INSYNC') return;
    const waiting = { client: this.#client, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 3, maxDelay: 10 };
    await waitUntilResourceRecordSetsChanged(waiting, { Id: ChangeInfo.Id });
  }
}
