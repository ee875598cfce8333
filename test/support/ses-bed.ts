/** What tests of the next hop SES share: an endpoint on a free port, the real SDK clients, and whole transactions in one call. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SESClient } from '@aws-sdk/client-ses';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { onTestFinished } from 'vitest';
import type { HopTimeouts, HopTransaction } from '../../edge-proxy/next-hop/next-hop.ts';
import type { SesClients } from '../../edge-proxy/next-hop/ses/call.ts';
import { SesNextHop } from '../../edge-proxy/next-hop/ses/transaction.ts';
import { startSes } from '../../local/ses/server.ts';
import { temporaryDirectory } from '../../local/test-support/temporary-directory.ts';
import type { HopAnswer, MailCommand } from '../../protocol/hop/hop-answer.ts';
import { AMPLE, PLAIN_MAIL } from './hop-bed.ts';
import { offerOne } from './offer-one.ts';

export const SES_CONTENT = Buffer.from('From: sender@example.com\r\nSubject: x\r\n\r\nHello\r\n');

export interface SesDelivery {
  readonly mail?: MailCommand;
  readonly recipients?: readonly string[];
  /** Dot-stuffed. */
  readonly content?: Buffer;
  readonly timeouts?: Partial<HopTimeouts>;
}

export interface KeptMail {
  readonly octets: Buffer;
  readonly envelope: unknown;
}

/** Clients of the endpoint at `port`, as `main.ts` makes them, ended with the test. */
export function sesClients(port: number): SesClients {
  const configuration = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  };
  const clients = { ses: new SESClient(configuration), sesV2: new SESv2Client(configuration) };
  onTestFinished(() => {
    clients.ses.destroy();
    clients.sesV2.destroy();
  });
  return clients;
}

export class SesBed {
  readonly port: number;
  readonly clients: SesClients;
  readonly nextHop: SesNextHop;
  readonly #directory: string;

  constructor(port: number, directory: string, maxOctetsInFlight: number | undefined) {
    this.port = port;
    this.#directory = directory;
    this.clients = sesClients(port);
    this.nextHop = new SesNextHop({
      ...this.clients,
      server: 'submission',
      postmasterDomain: () => 'postern.example',
      ...(maxOctetsInFlight === undefined ? {} : { maxOctetsInFlight }),
    });
  }

  static async start(maxOctetsInFlight?: number): Promise<SesBed> {
    const directory = join(temporaryDirectory(), 'ses');
    const endpoint = await startSes({ port: 0, directory });
    onTestFinished(() => endpoint.close());
    return new SesBed(endpoint.port, directory, maxOctetsInFlight);
  }

  /** Makes the sends that follow go wrong: `local/fault-plan.ts`. */
  async fail(fault: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/-/fault`, { method: 'PUT', body: JSON.stringify(fault) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  async heal(): Promise<void> {
    await fetch(`http://127.0.0.1:${this.port}/-/fault`, { method: 'DELETE' });
  }

  begin({ mail = PLAIN_MAIL, timeouts = {} }: SesDelivery = {}): HopTransaction {
    return this.nextHop.begin({ mail, timeouts: { ...AMPLE, ...timeouts }, onDrain: () => {} });
  }

  /** A transaction ready for content. */
  async ready(delivery: SesDelivery = {}): Promise<HopTransaction> {
    const transaction = this.begin(delivery);
    for (const recipient of delivery.recipients ?? ['rcpt@example.net']) await offerOne(transaction, recipient);
    await transaction.startContent();
    return transaction;
  }

  async deliver(delivery: SesDelivery = {}): Promise<HopAnswer> {
    const transaction = await this.ready(delivery);
    transaction.write(delivery.content ?? SES_CONTENT);
    return transaction.finish();
  }

  kept(): KeptMail[] {
    const names = readdirSync(this.#directory).filter((name) => name.endsWith('.eml'));
    return names.sort().map((name) => ({
      octets: readFileSync(join(this.#directory, name)),
      envelope: JSON.parse(readFileSync(join(this.#directory, name.replace('.eml', '.json')), 'utf8')),
    }));
  }
}
