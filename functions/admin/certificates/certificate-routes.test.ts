import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdminBed } from '../../test-support/admin-bed.ts';
import { recordConsole } from '../../test-support/invocation.ts';
import type { Renewal } from '../stores/renewals.ts';

const PATH = '/servers/mx1/certificate/renew';
let bed: AdminBed;

beforeAll(async () => {
  bed = await AdminBed.start();
  await bed.put('policy', { server: 'mx1', item: 'settings', hostname: 'mx1.example.com', defaultNextHop: 'ses' });
});
afterAll(() => bed.stop());
beforeEach(() => {
  recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(bed.stores, { renewals: undefined });
});

function listen(problem?: Error): readonly Renewal[] {
  const asked: Renewal[] = [];
  const request = async (renewal: Renewal): Promise<void> => {
    if (problem !== undefined) throw problem;
    asked.push(renewal);
  };
  Object.assign(bed.stores, { renewals: { request } });
  return asked;
}

describe('POST /servers/{server}/certificate/renew', () => {
  it.each([
    [{}, false],
    [{ force: true }, true],
  ])('asks for it, with %j whether it is due or not', async (body, force) => {
    const asked = listen();

    expect(await bed.call('POST', PATH, { body })).toMatchObject({
      status: 202,
      value: { server: 'mx1', requested: true },
    });
    expect(asked).toEqual([{ server: 'mx1', force }]);
  });

  it('is 404 for a server that there is not, and where the deployment has no certificate made', async () => {
    listen();
    expect(await bed.call('POST', '/servers/mx9/certificate/renew', { body: {} })).toMatchObject({ status: 404 });

    Object.assign(bed.stores, { renewals: undefined });
    expect(await bed.call('POST', PATH, { body: {} })).toMatchObject({ status: 404 });
  });

  it('is 503 where no one could be told', async () => {
    listen(new Error('ThrottlingException'));

    expect(await bed.call('POST', PATH, { body: {} })).toMatchObject({ status: 503 });
  });
});
