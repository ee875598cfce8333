import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HealthServer } from './health.ts';
import { errorText, type LogFields } from './log.ts';

let isServing = true;
let sessions = 0;
let health: HealthServer;
let url: string;

beforeEach(async () => {
  isServing = true;
  sessions = 2;
  health = new HealthServer(() => ({ isServing, details: { server: 'mx1', sessions } }));
  url = `http://127.0.0.1:${await health.listen(0, '127.0.0.1')}`;
});

afterEach(() => health.close());

describe('HealthServer', () => {
  it('answers 200 with its figures while the proxy serves', async () => {
    const response = await fetch(`${url}/health`);

    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual({ status: 'ok', server: 'mx1', sessions: 2 });
  });

  it('answers 503 once the proxy leaves', async () => {
    isServing = false;
    sessions = 1;

    const response = await fetch(`${url}/health`);

    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'leaving', server: 'mx1', sessions: 1 });
  });

  it.each([
    ['GET', '/'],
    ['GET', '/healthy'],
    ['POST', '/health'],
  ])('answers 404 to %s %s', async (method, path) => {
    expect((await fetch(`${url}${path}`, { method })).status).toBe(404);
  });

  it('answers 500 when its figures cannot be had, and serves on', async () => {
    const lines: LogFields[] = [];
    let isFaulty = true;
    const faulty = new HealthServer(
      () => {
        if (isFaulty) throw new TypeError('a fault of ours');
        return { isServing, details: {} };
      },
      (fields) => void lines.push(fields),
    );
    const address = `http://127.0.0.1:${await faulty.listen(0, '127.0.0.1')}/health`;

    const first = await fetch(address);
    isFaulty = false;
    const second = await fetch(address);

    expect([first.status, second.status]).toEqual([500, 200]);
    expect(lines).toMatchObject([{ event: 'fault', place: 'health' }]);
    faulty.close();
  });

  it('names its port when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    const problem = await new HealthServer(() => ({ isServing, details: {} }))
      .listen(port, '127.0.0.1')
      .catch((error: unknown) => errorText(error));

    expect(problem).toContain(`Cannot listen on health port ${port}: listen EADDRINUSE`);
    other.close();
  });
});
