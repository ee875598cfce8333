import { expect, it } from 'vitest';
import { InvocationCounter } from './invocation-counter.ts';

const request = (name: string, body: string): string =>
  `POST /2015-03-31/functions/${name}/invocations HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

it.each([1, 7, 50, 10_000])('counts the invocations of each function in pieces of %i octets', (size) => {
  const octets = Buffer.from(
    request('postern-check-relay', '{}') +
      request('postern-record-events', 'x'.repeat(500)) +
      request('postern-check-relay', ''),
  );
  const invocations = new Map<string, number>();
  const counter = new InvocationCounter(invocations);

  for (let index = 0; index < octets.length; index += size) counter.receive(octets.subarray(index, index + size));

  expect(Object.fromEntries(invocations)).toEqual({ 'postern-check-relay': 2, 'postern-record-events': 1 });
});
