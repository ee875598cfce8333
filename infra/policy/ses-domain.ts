/** A domain that Amazon SES may send for, and the DNS records that prove it. */
import { Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ses from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import type { ZoneRecord } from '../dns/zone-records.ts';

export interface SesDomainProps {
  /** The domain in lower case. */
  readonly domain: string;
}

export class SesDomain extends Construct {
  readonly identityArn: string;
  readonly records: readonly ZoneRecord[];

  constructor(scope: Construct, id: string, { domain }: SesDomainProps) {
    super(scope, id);
    const mailFrom = `bounce.${domain}`;
    const identity = new ses.EmailIdentity(this, 'Identity', {
      identity: ses.Identity.domain(domain),
      mailFromDomain: mailFrom,
    });
    // Verified once, by records that somebody made by hand: kept when the stack goes. Not after a first deployment that
    // failed: there is nothing to keep, and the next one would find it in its way.
    identity.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.identityArn = identity.emailIdentityArn;
    const feedback = Fn.join('', ['10 feedback-smtp.', Stack.of(this).region, '.amazonses.com.']);
    const keys = identity.dkimRecords.map(({ name, value }): ZoneRecord => {
      return { type: 'CNAME', name, values: [`${value}.`], domain };
    });
    this.records = [
      ...keys,
      { type: 'MX', name: mailFrom, values: [feedback], domain },
      { type: 'TXT', name: mailFrom, values: ['"v=spf1 include:amazonses.com ~all"'], domain },
    ];
  }
}

/** A record as people write it into a zone file. */
export function recordLine({ name, type, values }: ZoneRecord): string {
  return Fn.join('', [name, `. ${type} `, ...values]);
}
