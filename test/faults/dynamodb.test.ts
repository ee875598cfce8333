/** DynamoDB is gone: what was read last stays in force, and what must be asked anew is deferred. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import { Cloud } from '../support/cloud.ts';
import { copiesAt } from '../support/cloud-mail.ts';
import { changeSettings } from '../support/cloud-policy.ts';
import { line, messageWith, newToken, openInbound, sendMail } from '../support/cloud-session.ts';

/** Milliseconds: a look in vain and one that is not take 5 s and 4 s each at most. */
const OUTAGE_MS = 60_000;

let cloud: Cloud;

beforeAll(async () => {
  cloud = await Cloud.start({ servers: ['inbound'] });
});

afterAll(() => cloud.close());

/** As people do in the console. */
async function edit(attributes: Record<string, unknown>): Promise<void> {
  const client = embeddedDynamoDb(cloud.url('dynamodb'));
  await changeSettings(client, 'inbound', attributes);
  client.destroy();
}

describe('DynamoDB', () => {
  it(
    'hangs and then is down: the last policy stays in force, recipients are deferred, and its return mends both',
    async () => {
      const token = newToken();
      const mail = { from: 'sender@elsewhere.test', to: `${token}@example.net`, content: messageWith(token) };
      const proxy = cloud.part('inbound');
      const client = await openInbound(cloud);

      cloud.part('dynamodb').stop();
      const { problem } = await proxy.says('policy-unreadable');
      await cloud.part('dynamodb').kill();
      const deferred = await sendMail(client, mail);
      await client.command('RSET');
      const newcomer = await openInbound(cloud);
      const screened = await newcomer.command('VRFY root');
      const health = await cloud.health('inbound');
      await cloud.part('dynamodb').restart();
      await edit({ maxRecipients: 7 });
      await proxy.says('policy-in-force');
      await proxy.says('policy-readable');
      const taken = await sendMail(client, mail);

      expect(problem).toMatch(/^No answer in 4000 ms/);
      expect(line(deferred)).toBe('451 4.3.0 Temporary failure, try again later');
      expect(screened.code).toBe(502);
      expect(health).toMatchObject({ httpStatus: 200, status: 'ok' });
      expect(taken.code).toBe(250);
      expect(copiesAt(cloud.home, 'mta', token)).toBe(1);
      // Once for an outage, not for each look.
      expect(proxy.logged('policy-unreadable')).toHaveLength(1);
      expect(proxy.starts).toBe(1);
      newcomer.destroy();
      client.destroy();
    },
    OUTAGE_MS,
  );

  it(
    'is down at the start: the task names it and ends with 1, and starts once it is back',
    async () => {
      const proxy = cloud.part('inbound');
      await Promise.all([proxy.kill(), cloud.part('dynamodb').kill()]);
      const skip = proxy.lines.length;

      await expect(proxy.start()).rejects.toThrow(/exit code 1[\s\S]*Cannot read policy of inbound: .*ECONNREFUSED/);

      expect(proxy.logged('failed', skip)[0]?.problem).toMatch(/^Cannot read policy of inbound: .*ECONNREFUSED/);
      expect(proxy.logged('listening', skip)).toEqual([]);
      await cloud.part('dynamodb').restart();
      await proxy.restart();
      const client = await openInbound(cloud);
      client.destroy();
    },
    OUTAGE_MS,
  );
});
