/** What is counted over sessions: failed logins and sent messages, by real processes; and counters that cannot be read. */
import { DeleteTableCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import { TABLES } from '../../local/names.ts';
import { createTables } from '../../local/seed/tables.ts';
import { CLOUD_USER, Cloud } from '../support/cloud.ts';
import { copiesAt } from '../support/cloud-mail.ts';
import type { LogLine } from '../support/cloud-part.ts';
import { line, logIn, messageWith, newToken, openSecured, sendMail } from '../support/cloud-session.ts';

const REFUSED = '535 5.7.8 Authentication credentials invalid';
const LOCKED_OUT = '454 4.7.0 Too many failed logins from your network, try again later';
const LOGIN_DEFERRED = '454 4.7.0 Temporary authentication failure';
const WRONG = Buffer.from(`\0${CLOUD_USER}\0wrong`).toString('base64');

let cloud: Cloud;
let client: DynamoDBClient;
beforeAll(async () => {
  const settings = { lockoutFailures: 3, loginDelaySeconds: 0 };
  cloud = await Cloud.start({ servers: ['submission'], settings });
  client = embeddedDynamoDb(cloud.url('dynamodb'));
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});

/** One session, one login; what was answered. */
async function loginFrom(localAddress: string, credentials?: string): Promise<string> {
  const session = await openSecured(cloud, localAddress);
  const reply = credentials === undefined ? await logIn(session) : await session.command(`AUTH PLAIN ${credentials}`);
  session.destroy();
  return line(reply);
}

describe('failed logins', () => {
  it('of one network lock it out for the user, over sessions, and no one elsewhere', async () => {
    const skip = cloud.part('submission').lines.length;
    const guesses: string[] = [];
    for (let count = 0; count < 4; count += 1) guesses.push(await loginFrom('127.2.0.1', WRONG));

    expect(guesses).toEqual([REFUSED, REFUSED, REFUSED, LOCKED_OUT]);
    expect(await loginFrom('127.2.0.1')).toBe(LOCKED_OUT);
    expect(await loginFrom('127.2.0.2')).toMatch(/^235 /);
    const isLockedOut = ({ client, reply }: LogLine): boolean => client === '127.2.0.1' && reply === LOCKED_OUT;
    expect(await cloud.part('submission').says('login', isLockedOut, skip)).toMatchObject({ username: CLOUD_USER });
  });

  it('are forgotten after a success', async () => {
    const answers: string[] = [];
    for (const credentials of [WRONG, WRONG, undefined, WRONG, WRONG]) {
      answers.push(await loginFrom('127.2.0.3', credentials));
    }

    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(['535', '535', '235', '535', '535']);
  });
});

describe('a sending limit', () => {
  it('puts off what is over it, and hands nothing on', async () => {
    const key = { user: { S: CLOUD_USER } };
    const values = { ':limits': { M: { messagesPerDay: { N: '1' } } } };
    const update = { TableName: TABLES.users, Key: key, ExpressionAttributeNames: { '#limits': 'limits' } };
    await client.send(
      new UpdateItemCommand({
        ...update,
        UpdateExpression: 'SET #limits = :limits',
        ExpressionAttributeValues: values,
      }),
    );
    // Logins of this address are not remembered yet.
    const session = await openSecured(cloud, '127.2.0.4');
    await logIn(session);
    const tokens = [newToken(), newToken()];

    const replies: string[] = [];
    for (const token of tokens) {
      replies.push(line(await sendMail(session, { to: `${token}@example.com`, content: messageWith(token) })));
    }

    session.destroy();
    await client.send(new UpdateItemCommand({ ...update, UpdateExpression: 'REMOVE #limits' }));
    expect(replies).toEqual([
      expect.stringMatching(/^250 /),
      '450 4.7.1 Sending limit reached (messages per day: 1), try again after 00:00 UTC',
    ]);
    expect(tokens.map((token) => copiesAt(cloud.home, 'mta', token))).toEqual([1, 0]);
  });
});

describe('counters that cannot be read', () => {
  it('defer each login, with the right password too, until they are back', async () => {
    await client.send(new DeleteTableCommand({ TableName: TABLES.counters }));

    const answers = [await loginFrom('127.2.0.5', WRONG), await loginFrom('127.2.0.5')];
    await createTables(client);

    expect(answers).toEqual([LOGIN_DEFERRED, LOGIN_DEFERRED]);
    expect(await loginFrom('127.2.0.5')).toMatch(/^235 /);
  });
});
