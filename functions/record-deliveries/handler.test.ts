import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DynamoCountReader } from '../counts/dynamo-count-reader.ts';
import type { Handler } from '../middleware.ts';
import { dayEvents } from '../test-support/day-events.ts';
import { lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf, Tables } from '../test-support/tables.ts';
import { ENV_EVENTS_TABLE, ENV_POLICY_TABLE } from './env.ts';
import { BOUNCE, COMPLAINT, DELIVERY } from './test-support/ses-examples.ts';

const sent = vi.hoisted((): { readonly inputs: { Source?: string; Destinations?: string[] }[]; failures: Error[] } => {
  return { inputs: [], failures: [] };
});
vi.mock('@aws-sdk/client-ses', () => ({
  SESClient: class {
    async send({ input }: { input: object }): Promise<void> {
      const failure = sent.failures.shift();
      if (failure !== undefined) throw failure;
      sent.inputs.push(input);
    }
  },
  SendRawEmailCommand: class {
    readonly input: object;
    constructor(input: object) {
      this.input = input;
    }
  },
}));

let tables: Tables;
let handler: Handler<unknown>;
const written: string[] = [];

beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('events');
  await tables.create('policy');
  const environment = { ...environmentOf(tables.endpoint), [ENV_EVENTS_TABLE]: 'events', [ENV_POLICY_TABLE]: 'policy' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  for (const [server, reportBounces] of [
    ['submission', true],
    ['silent', false],
  ] as const) {
    const item = { server, item: 'settings', hostname: 'mail.example.com', defaultNextHop: 'ses', reportBounces };
    await tables
      .newClient()
      .send(new PutItemCommand({ TableName: 'policy', Item: marshall({ ...item, eventDays: 7 }) }));
  }
  ({ handler } = await import('./handler.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await tables.stop();
});
beforeEach(() => {
  recordConsole();
  written.length = 0;
  sent.inputs.length = 0;
  sent.failures.length = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
});

type Example = { readonly mail: { readonly messageId: string; readonly tags: object } };

/** The example, told of a message of its own. */
function about<T extends Example>(messageId: string, example: T, server = 'submission'): T {
  const tags = { ...example.mail.tags, 'postern-server': [server] };
  return { ...example, mail: { ...example.mail, messageId, tags } };
}

function tell(...values: readonly unknown[]): Promise<unknown> {
  const Records = values.map((value) => ({
    EventSource: 'aws:sns',
    Sns: { Type: 'Notification', Message: typeof value === 'string' ? value : JSON.stringify(value) },
  }));
  return handler({ Records }, lambdaContext());
}

function recorded(server: string, day: string) {
  return dayEvents(tables.newClient(), { server, day });
}

async function bouncesOf(server: string): Promise<number | undefined> {
  const span = { server, from: '2017-08-05T00', to: '2017-08-05T00' };
  const [hour] = await new DynamoCountReader(tables.newClient(), 'events').sums(span);
  return hour?.sums.get('bounces');
}

describe('handler of record-deliveries', () => {
  it('keeps, counts and reports an event once, however often SNS delivers it, in whatever order', async () => {
    const [bounce, delivery] = [about('once', BOUNCE), about('once', DELIVERY)];

    // The delivery was earlier than the bounce.
    for (const value of [bounce, delivery, bounce, delivery]) await tell(value);

    const [first, ...more] = await recorded('submission', '2017-08-05');
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      type: 'delivery',
      outcome: 'bounced',
      sesMessage: 'once',
      transaction: 'Tj0naOpx_oc-.1',
    });
    expect(Number(first?.expiresAt)).toBe(Math.floor(Date.parse('2017-08-05T00:41:02.669Z') / 1000) + 7 * 86_400);
    expect(await bouncesOf('submission')).toBe(1);
    expect(
      written.map((line) => JSON.parse(line)).map(({ SesBounced, SesDelivered }) => [SesBounced, SesDelivered]),
    ).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(sent.inputs).toMatchObject([{ Source: 'postmaster@example.com', Destinations: ['sender@example.com'] }]);
    expect(sent.inputs[0]).not.toHaveProperty('Tags');
  });

  it('reports nothing where policy does not want it', async () => {
    await tell(about('silent', BOUNCE, 'silent'), about('gone', COMPLAINT, 'gone'));

    expect(await recorded('silent', '2017-08-05')).toHaveLength(1);
    expect(await recorded('gone', '2017-08-05')).toHaveLength(1);
    expect(sent.inputs).toEqual([]);
  });

  it('fails where a report cannot go out now, and makes it when the event is told again', async () => {
    sent.failures.push(Object.assign(new Error('Rate exceeded'), { name: 'Throttling' }));

    await expect(tell(about('later', COMPLAINT))).rejects.toThrow('Rate exceeded');
    await tell(about('later', COMPLAINT));
    await tell(about('later', COMPLAINT));

    expect(sent.inputs).toHaveLength(1);
  });

  it('does without a report that SES will never send', async () => {
    sent.failures.push(Object.assign(new Error('Email address is not verified.'), { name: 'MessageRejected' }));

    await tell(about('never', COMPLAINT));

    expect(sent.inputs).toEqual([]);
  });

  it('passes over what is not of ours', async () => {
    await tell('Successfully validated SNS topic for Amazon SES event publishing.', { eventType: 'Send' });

    expect(written).toEqual([]);
  });
});
