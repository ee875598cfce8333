/** A domain that Amazon SES may send for, with the DNS records that prove it. */
import { CfnOutput, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ses from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';

export interface SesDomainProps {
  /** The domain in lower case. */
  readonly domain: string;
}

export class SesDomain extends Construct {
  readonly identityArn: string;

  constructor(scope: Construct, id: string, { domain }: SesDomainProps) {
    super(scope, id);
    const mailFrom = `bounce.${domain}`;
    const identity = new ses.EmailIdentity(this, 'Identity', {
      identity: ses.Identity.domain(domain),
      mailFromDomain: mailFrom,
    });
    // Verified once, by records that somebody made by hand: kept when the stack goes.
    identity.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.identityArn = identity.emailIdentityArn;

    for (const [index, { name, value }] of identity.dkimRecords.entries()) {
      this.#record(`Dkim${index + 1}`, `DKIM of ${domain}`, Fn.join('', [name, '. CNAME ', value, '.']));
    }
    const feedback = Fn.join('', ['feedback-smtp.', Stack.of(this).region, '.amazonses.com.']);
    this.#record('MailFromMx', `MAIL FROM of ${domain}`, Fn.join('', [`${mailFrom}. MX 10 `, feedback]));
    this.#record('MailFromSpf', `SPF of ${mailFrom}`, `${mailFrom}. TXT "v=spf1 include:amazonses.com ~all"`);
  }

  #record(id: string, what: string, value: string): void {
    new CfnOutput(this, id, { description: `DNS record to make: ${what}`, value });
  }
}
