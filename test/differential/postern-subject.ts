/** Postern's edge proxy, real sockets, a next hop that takes everything. */
import { REPLIES } from '../../policy/reply.ts';
import { ALICE, permitLogin } from '../support/answers.ts';
import { unstuffed } from '../support/content-oracle.ts';
import { hopNamed, ProxyBed, permitRelay } from '../support/edge-proxy-bed.ts';
import { testPolicy } from '../support/policy.ts';
import { splitReceived } from '../support/received.ts';
import { comparable, type Delivered, isServed, MAX_MESSAGE_OCTETS, type Subject } from './subject.ts';

const HOP = hopNamed('smtp://mta.example.com:25');

export class PosternSubject implements Subject {
  readonly name = 'postern';
  readonly #bed: ProxyBed;
  #taken = 0;

  private constructor(bed: ProxyBed) {
    this.#bed = bed;
  }

  static async start(authentication: 'offered' | 'none'): Promise<PosternSubject> {
    const bed = await ProxyBed.start({
      policy: testPolicy({
        authentication,
        commandProfile: 'rfc5321',
        maxMessageOctets: MAX_MESSAGE_OCTETS,
        maxErrors: 1000,
        maxLoginFailures: 1000,
        maxConnectionsPerClient: 1000,
      }),
    });
    bed.decisions.onAuthenticate = ({ username, password }) =>
      username === ALICE.username && password === ALICE.password
        ? permitLogin(username, ['*'])
        : { kind: 'reject', reply: REPLIES.credentialsInvalid };
    bed.decisions.onCheckRelay = ({ recipient }) =>
      isServed(recipient)
        ? permitRelay(HOP)
        : { kind: 'reject', reply: REPLIES.relayDenied, scope: 'domain', cacheSeconds: 0, rule: 'relay-domains' };
    return new PosternSubject(bed);
  }

  get port(): number {
    return this.#bed.port;
  }

  takeDelivered(): Delivered[] {
    const all = this.#bed.hops.transactions;
    const fresh = all.slice(this.#taken).filter(({ ending }) => ending === 'finished');
    this.#taken = all.length;
    return fresh.map(({ options, recipients, content }) => ({
      sender: latin1(comparable(options.mail.path)),
      recipients: recipients.map((recipient) => latin1(comparable(recipient))),
      content: unstuffed(splitReceived(content)?.rest ?? content),
    }));
  }

  async stop(): Promise<void> {
    await this.#bed.close();
  }
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
