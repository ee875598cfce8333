import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HOST } from '../../local/names.ts';
import { FunctionRelay } from './function-relay.ts';

const lambda = createServer((incoming, response) => {
  incoming.resume();
  incoming.on('end', () => response.writeHead(207, { 'x-of': 'lambda' }).end(`answer to ${incoming.url}`));
});
let relay: FunctionRelay;
beforeEach(async () => {
  await new Promise<void>((resolve) => lambda.listen(0, HOST, resolve));
  const { port: targetPort } = lambda.address() as AddressInfo;
  relay = await FunctionRelay.start({ targetPort, recordEventsFunction: 'record-events' });
});
afterEach(() => {
  relay.close();
  lambda.closeAllConnections();
  lambda.close();
});

const invoke = (name: string, body: string): Promise<Response> =>
  fetch(`http://${HOST}:${relay.port}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body });

it('passes on what decides about mail, and counts it', async () => {
  const answers = [await invoke('check-relay', '{}'), await invoke('check-relay', '{"a":1}')];

  expect(answers.map(({ status, headers }) => [status, headers.get('x-of')])).toEqual([
    [207, 'lambda'],
    [207, 'lambda'],
  ]);
  expect(await answers[0]?.text()).toBe('answer to /2015-03-31/functions/check-relay/invocations');
  expect(Object.fromEntries(relay.invocations)).toEqual({ 'check-relay': 2 });
});

it('takes events itself, and counts them one by one', async () => {
  const event = { id: 'a', keepDays: 30, sender: '"keepDays":@example.com' };

  const answer = await invoke('record-events', JSON.stringify({ events: Array(200).fill(event) }));

  expect([answer.status, await answer.text()]).toEqual([200, 'null']);
  expect(relay.events).toBe(200);
});

it('breaks off where the endpoint does', async () => {
  lambda.close();

  await expect(invoke('check-relay', '{}')).rejects.toThrow();
});
