import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminBed, CALLER } from '../../test-support/admin-bed.ts';
import type { ItemChangeAnswer, VersionAnswer } from '../contract/answers/history-answer.ts';

const SETTINGS = { hostname: 'mx1.example.com', defaultNextHop: 'ses' };
const DOCUMENT = {
  settings: SETTINGS,
  domains: { 'example.com': {} },
  clients: { '192.0.2.0/24': { access: 'deny' } },
};

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
});
afterAll(() => bed.stop());

/** All versions, once every change is recorded. */
async function versionsOf(server: string): Promise<readonly VersionAnswer[]> {
  await bed.settle();
  const { status, value } = await bed.call('GET', `/servers/${server}/history`);
  expect(status).toBe(200);
  return value.versions as readonly VersionAnswer[];
}

async function policyOf(server: string): Promise<unknown> {
  const { value } = await bed.call('GET', `/servers/${server}/policy`);
  const { policyVersion: _policy, itemsVersion: _items, problems: _problems, server: _server, ...policy } = value;
  return policy;
}

async function removeByConsole(server: string, item: string): Promise<void> {
  await bed.client.send(new DeleteItemCommand({ TableName: 'policy', Key: marshall({ server, item }) }));
}

describe('GET /servers/{server}/history', () => {
  it('tells who changed what, newest first, all that one call changed as one version', async () => {
    await bed.call('PUT', '/servers/told/policy', { body: DOCUMENT });
    await bed.call('PATCH', '/servers/told', { body: { maxRecipients: 50 } });
    await bed.put('policy', { server: 'told', item: 'domain#example.net' });

    const versions = await versionsOf('told');

    expect(versions.map(({ who, changes }) => [who, changes.length])).toEqual([
      ['console or SDK', 1],
      [CALLER, 1],
      [CALLER, 3],
    ]);
    expect(versions[1]?.changes).toEqual([
      { item: 'settings', action: 'changed', before: SETTINGS, after: { ...SETTINGS, maxRecipients: 50 } },
    ]);
    expect(versions[0]?.changes).toEqual([{ item: 'domain#example.net', action: 'made', after: {} }]);
    expect(new Set(versions.map(({ version }) => version)).size).toBe(3);
  });

  it('comes in pages', async () => {
    await bed.call('PUT', '/servers/pages/policy', { body: DOCUMENT });
    for (let count = 1; count <= 4; count += 1) {
      await bed.call('PATCH', '/servers/pages', { body: { maxRecipients: count } });
    }
    const all = await versionsOf('pages');

    const paged: unknown[] = [];
    let next = '';
    do {
      const { value } = await bed.call('GET', `/servers/pages/history?limit=2${next}`);
      paged.push(...(value.versions as readonly unknown[]));
      next = value.next === undefined ? '' : `&next=${String(value.next)}`;
    } while (next !== '');

    expect(all).toHaveLength(5);
    expect(paged).toEqual(all);
  });

  it('lists the first changes of a version that has very many, and counts the rest', async () => {
    const domains = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`d${at}.example`, {}]));
    await bed.call('PUT', '/servers/many/policy', { body: { settings: SETTINGS, domains } });

    const [version] = await versionsOf('many');

    expect(version).toMatchObject({ changesOmitted: 21 });
    expect(version?.changes).toHaveLength(100);
  });

  it('is kept as long as historyDays, and events of other kinds as long as eventDays', async () => {
    await bed.call('PUT', '/servers/days/policy', {
      body: { settings: { ...SETTINGS, historyDays: 7, eventDays: 3 } },
    });
    await bed.put('policy', { server: 'days', item: 'client#nonsense', access: 'deny' });
    await bed.settle();

    const items = (await bed.items('events')).filter(({ server }) => server === 'days');

    const daysOf = (type: string) =>
      new Set(items.filter((item) => item.type === type).map(({ keepDays }) => keepDays));
    expect(daysOf('policy-changed')).toEqual(new Set([7]));
    expect(daysOf('policy-invalid')).toEqual(new Set([3]));
  });

  it('is that of a server which is no more, and of one that never was it is not found', async () => {
    await bed.call('PUT', '/servers/gone/policy', { body: DOCUMENT });
    await bed.call('DELETE', '/servers/gone');

    const [removal, making] = await versionsOf('gone');
    const { value } = await bed.call('GET', `/servers/gone/history/${making?.version}`);

    expect(removal?.changes.map(({ action }) => action)).toEqual(['deleted', 'deleted', 'deleted']);
    expect(value.policy).toMatchObject(DOCUMENT);
    expect(await bed.call('GET', '/servers/never/history')).toMatchObject({ status: 404 });
  });
});

describe('GET /servers/{server}/history/{version}', () => {
  it('has the policy as it was, what the version changed, and what is different now', async () => {
    await bed.call('PUT', '/servers/was/policy', { body: DOCUMENT });
    const [made] = await versionsOf('was');
    await bed.call('PATCH', '/servers/was', { body: { mechanisms: ['PLAIN'] } });
    await removeByConsole('was', 'domain#example.com');
    await bed.settle();

    const { value } = await bed.call('GET', `/servers/was/history/${made?.version}`);

    expect(value).toMatchObject({ server: 'was', version: made?.version, who: CALLER, policy: DOCUMENT });
    expect(value.differences).toEqual(
      expect.arrayContaining([
        { item: 'settings', action: 'changed', before: { ...SETTINGS, mechanisms: ['PLAIN'] }, after: SETTINGS },
        { item: 'domain#example.com', action: 'made', after: {} },
      ]),
    );
  });

  it('takes a time too', async () => {
    await bed.call('PUT', '/servers/time/policy', { body: DOCUMENT });
    const [first] = await versionsOf('time');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const between = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await bed.call('PATCH', '/servers/time', { body: { maxRecipients: 5 } });
    await bed.settle();

    const then = await bed.call('GET', `/servers/time/history/${encodeURIComponent(between)}`);

    expect(then.value).toMatchObject({ version: first?.version, policy: { settings: SETTINGS } });
    expect(await bed.call('GET', '/servers/time/history/2020-01-01')).toMatchObject({ status: 404 });
    expect(await bed.call('GET', '/servers/time/history/20200101T000000-00000000')).toMatchObject({ status: 404 });
    expect(await bed.call('GET', '/servers/time/history/yesterday')).toMatchObject({ status: 400 });
  });

  it('waits for a change that was made and is not recorded yet', async () => {
    await bed.call('PUT', '/servers/early/policy', { body: DOCUMENT });
    const [made] = await versionsOf('early');
    // The record tells its time to the second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await bed.call('PUT', '/servers/early/domains/new.example', { body: {} });

    const early = await bed.call('GET', `/servers/early/history/${made?.version}`);
    await bed.settle();
    await removeByConsole('early', 'domain#new.example');
    const removed = await bed.call('GET', `/servers/early/history/${made?.version}`);
    await bed.settle();
    const later = await bed.call('GET', `/servers/early/history/${made?.version}`);

    expect([early.status, removed.status]).toEqual([409, 409]);
    expect(later.value).toMatchObject({ policy: DOCUMENT });
  });

  it('says so where a change in between is not recorded any more', async () => {
    await bed.call('PUT', '/servers/gap/policy', { body: DOCUMENT });
    const [made] = await versionsOf('gap');
    await bed.call('PATCH', '/servers/gap', { body: { maxRecipients: 5 } });
    await bed.settle();
    const lost = (await bed.items('events')).filter(
      ({ stream, after }) => stream === 'gap#history' && (after as Record<string, unknown>).maxRecipients === 5,
    );
    await bed.call('PATCH', '/servers/gap', { body: { maxRecipients: 6 } });
    await bed.settle();
    for (const { stream, at } of lost) {
      await bed.client.send(new DeleteItemCommand({ TableName: 'events', Key: marshall({ stream, at }) }));
    }

    const { status, value } = await bed.call('GET', `/servers/gap/history/${made?.version}`);

    expect(lost).toHaveLength(1);
    expect(status).toBe(410);
    expect(value.detail).toContain('a change of settings since then is not recorded any more');
  });
});

describe('POST /servers/{server}/rollback', () => {
  it('says what it would do, and then does it', async () => {
    await bed.call('PUT', '/servers/back/policy', { body: DOCUMENT });
    const [made] = await versionsOf('back');
    const then = await policyOf('back');
    await bed.call('PUT', '/servers/back/policy', {
      body: { settings: { ...SETTINGS, maxRecipients: 9 }, domains: { 'example.net': {} } },
    });
    await bed.settle();
    const now = await policyOf('back');
    const body = { version: made?.version };

    const planned = await bed.call('POST', '/servers/back/rollback', { body: { ...body, dryRun: true } });
    const untouched = await policyOf('back');
    const stale = await bed.call('POST', '/servers/back/rollback', { body, headers: { 'if-match': '"other"' } });
    const done = await bed.call('POST', '/servers/back/rollback', {
      body,
      headers: { 'if-match': planned.headers.etag ?? '' },
    });

    expect(planned).toMatchObject({ status: 200, value: { version: made?.version, dryRun: true, unchanged: 0 } });
    const steps = planned.value.steps as readonly ItemChangeAnswer[];
    // What narrows goes first.
    expect(steps.map(({ action, item }) => `${action} ${item}`)).toEqual([
      'made client#192.0.2.0/24',
      'deleted domain#example.net',
      'changed settings',
      'made domain#example.com',
    ]);
    expect(untouched).toEqual(now);
    expect(stale.status).toBe(412);
    expect(done).toMatchObject({ status: 200, value: { done: true, left: 0 } });
    expect(await policyOf('back')).toEqual(then);
    expect((await versionsOf('back'))[0]).toMatchObject({ who: CALLER, changes: { length: 4 } });
  });

  it('goes to no version at which there were no settings, and brings nothing that would not be in force', async () => {
    await bed.put('policy', { server: 'odd', item: 'client#198.51.100.0/24', access: 'perhaps' });
    const [before] = await versionsOf('odd');
    await bed.call('PUT', '/servers/odd/policy', { body: DOCUMENT });
    await bed.put('policy', { server: 'odd', item: 'domain#example.com', nextHop: 'nowhere' });
    const [broken] = await versionsOf('odd');
    await bed.call('PUT', '/servers/odd/policy', { body: DOCUMENT });
    await bed.settle();

    const none = await bed.call('POST', '/servers/odd/rollback', { body: { version: before?.version } });
    const invalid = await bed.call('POST', '/servers/odd/rollback', { body: { version: broken?.version } });

    expect(none.status).toBe(409);
    expect(invalid.status).toBe(400);
    expect(JSON.stringify(invalid.value.errors)).toContain('domain#example.com.nextHop');
  });
});

/** What people do to a server, by the API and past it. */
const STEPS = fc.oneof(
  fc.record({ kind: fc.constant('patch' as const), maxRecipients: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant('domain' as const), name: fc.constantFrom('a.example', 'b.example', 'c.example') }),
  fc.record({ kind: fc.constant('remove' as const), name: fc.constantFrom('a.example', 'b.example', 'c.example') }),
  fc.record({
    kind: fc.constant('console' as const),
    item: fc.constantFrom('client#10.0.0.0/8', 'command#NOOP', 'sender#spam.example'),
    note: fc.constantFrom('x', 'y'),
    mechanisms: fc.subarray(['LOGIN', 'PLAIN'], { minLength: 1 }),
  }),
  fc.record({ kind: fc.constant('unmake' as const), item: fc.constantFrom('client#10.0.0.0/8', 'command#NOOP') }),
  fc.record({
    kind: fc.constant('document' as const),
    domains: fc.subarray(['a.example', 'b.example', 'd.example', 'e.example']),
    mechanisms: fc.subarray(['LOGIN', 'PLAIN'], { minLength: 1 }),
  }),
);
type Step = typeof STEPS extends fc.Arbitrary<infer T> ? T : never;

async function take(server: string, step: Step): Promise<void> {
  switch (step.kind) {
    case 'patch':
      await bed.call('PATCH', `/servers/${server}`, { body: { maxRecipients: step.maxRecipients } });
      return;
    case 'domain':
      await bed.call('PUT', `/servers/${server}/domains/${step.name}`, { body: {} });
      return;
    case 'remove':
      await bed.call('DELETE', `/servers/${server}/domains/${step.name}`);
      return;
    case 'console':
      await bed.put('policy', { server, item: step.item, note: step.note, odd: new Set(step.mechanisms) });
      return;
    case 'unmake':
      await removeByConsole(server, step.item);
      return;
    case 'document': {
      const settings = { ...SETTINGS, mechanisms: step.mechanisms };
      const domains = Object.fromEntries(step.domains.map((name) => [name, {}]));
      await bed.call('PUT', `/servers/${server}/policy`, { body: { settings, domains } });
    }
  }
}

describe('the history', () => {
  const MOMENTS = 100;

  it('rebuilt equals the table at each of many random moments, and a rollback ends there', {
    timeout: 120_000,
  }, async () => {
    const steps = fc.sample(STEPS, { numRuns: MOMENTS });
    await bed.call('PUT', '/servers/random/policy', { body: DOCUMENT });
    const moments = new Map<string, unknown>();
    for (const step of steps) {
      await take('random', step);
      await bed.settle();
      const { value } = await bed.call('GET', '/servers/random/history?limit=1');
      const [latest] = value.versions as readonly VersionAnswer[];
      moments.set(latest?.version ?? '', await policyOf('random'));
    }

    for (const [version, then] of moments) {
      const { value } = await bed.call('GET', `/servers/random/history/${version}`);
      expect(value.policy, version).toEqual(then);
    }

    expect(moments.size).toBeGreaterThan(MOMENTS / 3);
    // What the console left broken is not brought back, and told by name.
    const [version, then] = [...moments].find(([, policy]) => !JSON.stringify(policy).includes('odd')) ?? [];
    const done = await bed.call('POST', '/servers/random/rollback', { body: { version } });
    expect(done.value).toMatchObject({ done: true });
    expect(await policyOf('random')).toEqual(then);
  });
});
