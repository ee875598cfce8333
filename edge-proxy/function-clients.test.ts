import { expect, it } from 'vitest';
import { TestFunctions } from '../test/support/edge-proxy-functions.ts';
import { FunctionClients } from './function-clients.ts';

it('gives each function one client of its own, and keeps it', async () => {
  const made: TestFunctions[] = [];
  const clients = new FunctionClients(() => {
    const client = new TestFunctions(({ name }) => `${name} answered`);
    made.push(client);
    return client;
  });

  const answers = [
    await clients.invoke('authenticate', '{"a":1}', 5000),
    await clients.invoke('check-relay', '{"b":2}', 3000),
    await clients.invoke('authenticate', '{"c":3}', 5000),
  ];

  expect(answers).toEqual(['authenticate answered', 'check-relay answered', 'authenticate answered']);
  expect(made.map(({ calls }) => calls.map(({ name }) => name))).toEqual([
    ['authenticate', 'authenticate'],
    ['check-relay'],
  ]);
});
