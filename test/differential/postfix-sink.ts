/** What stands after Postfix: takes every message and writes it down. */
import { unstuffed } from '../support/content-oracle.ts';
import { type HopClient, politely, ScriptedHop } from '../support/scripted-hop.ts';
import { comparable, type Delivered } from './subject.ts';

/** Postfix's own trace field, which stands in front. */
const RECEIVED = /^Received: from [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*/;

export class PostfixSink {
  readonly port: number;
  /** What Postfix put in front of each message. */
  readonly receivedFields: readonly string[];
  readonly #hop: ScriptedHop;
  readonly #delivered: Delivered[];

  private constructor(hop: ScriptedHop, delivered: Delivered[], receivedFields: readonly string[]) {
    this.receivedFields = receivedFields;
    this.#hop = hop;
    this.#delivered = delivered;
    this.port = hop.port;
  }

  static async start(): Promise<PostfixSink> {
    const delivered: Delivered[] = [];
    const receivedFields: string[] = [];
    const envelopes = new Map<HopClient, { sender: string; recipients: string[] }>();
    const hop = await ScriptedHop.start(
      politely({
        MAIL: (client, command) => {
          envelopes.set(client, { sender: pathOf(command), recipients: [] });
          client.say('250 2.1.0 ok\r\n');
        },
        RCPT: (client, command) => {
          envelopes.get(client)?.recipients.push(pathOf(command));
          client.say('250 2.1.5 ok\r\n');
        },
        DATA: async (client) => {
          client.say('354 go on\r\n');
          const content = (await client.hearContent()).slice(0, -3);
          receivedFields.push(RECEIVED.exec(unstuffed(content))?.[0] ?? '');
          const { sender, recipients } = envelopes.get(client) ?? { sender: '', recipients: [] };
          delivered.push({ sender, recipients, content: unstuffed(content).replace(RECEIVED, '') });
          client.say('250 2.0.0 ok\r\n');
        },
      }),
    );
    return new PostfixSink(hop, delivered, receivedFields);
  }

  takeDelivered(): Delivered[] {
    return this.#delivered.splice(0);
  }

  async stop(): Promise<void> {
    await this.#hop.close();
  }
}

function pathOf(command: string): string {
  return comparable(/<(.*)>/.exec(command)?.[1] ?? '');
}
