import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../../policy/verb.ts';
import { AdminBed, adminEvent } from '../../test-support/admin-bed.ts';
import { withWrite } from '../../test-support/with-write.ts';
import { makeDispatch } from '../http/dispatch.ts';
import { ROUTE_TABLE } from '../routes.ts';

const SETTINGS = { item: 'settings', hostname: 'mx1.example.com', defaultNextHop: 'ses' };

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
  await bed.put('policy', { server: 's', ...SETTINGS });
});
afterAll(() => bed.stop());

describe('/servers/{server}/commands', () => {
  it('shows every verb, and that its rule is the profile’s', async () => {
    const { value } = await bed.call('GET', '/servers/s/commands');

    expect((value.commands as { verb: string }[]).map(({ verb }) => verb)).toEqual([...VERBS]);
    expect(value.commands).toContainEqual({
      verb: 'NOOP',
      allowed: true,
      maxOctets: 64,
      from: 'profile',
      profile: { name: 'modern', allowed: true, maxOctets: 64 },
    });
    expect(value.others).toEqual([]);
  });

  it('shows what is no verb, and what another item overrules', async () => {
    await bed.put('policy', { server: 'odd', ...SETTINGS, commandProfile: 'rfc5321' });
    await bed.put('policy', { server: 'odd', item: 'command#noop', maxOctets: '80' });
    await bed.put('policy', { server: 'odd', item: 'command#NOOP', maxOctets: 70 });
    await bed.put('policy', { server: 'odd', item: 'command#XYZZY', allowed: true });

    const { value } = await bed.call('GET', '/servers/odd/commands');

    expect(value.commands).toContainEqual({
      verb: 'NOOP',
      allowed: true,
      maxOctets: 70,
      from: 'item',
      profile: { name: 'rfc5321', allowed: true, maxOctets: 512 },
      given: { maxOctets: 70 },
    });
    expect(value.others).toMatchObject([
      { item: 'command#XYZZY', problem: expect.stringContaining('not a verb') },
      { item: 'command#noop', given: { maxOctets: '80' }, problem: expect.stringContaining('command#NOOP') },
    ]);
    expect(await bed.call('DELETE', '/servers/odd/commands/XYZZY')).toMatchObject({ status: 204 });
  });
});

describe('/servers/{server}/commands/{verb}', () => {
  it('overrides the profile in part, and goes back to it', async () => {
    const before = await bed.call('GET', '/servers/s/commands/vrfy');
    const made = await bed.call('PUT', '/servers/s/commands/vrfy', { body: { allowed: true } });
    const replaced = await bed.call('PUT', '/servers/s/commands/VRFY', {
      body: { allowed: true, maxOctets: 300 },
      headers: { 'if-match': made.headers.etag ?? '' },
    });
    const removed = await bed.call('DELETE', '/servers/s/commands/Vrfy');
    const after = await bed.call('GET', '/servers/s/commands/VRFY');

    expect(before.value).toMatchObject({ allowed: false, from: 'profile' });
    expect(made).toMatchObject({ status: 201, value: { verb: 'VRFY', allowed: true, maxOctets: 512, from: 'item' } });
    expect(replaced).toMatchObject({
      status: 200,
      value: { maxOctets: 300, given: { allowed: true, maxOctets: 300 } },
    });
    expect(removed.status).toBe(204);
    expect(after.value).toEqual(before.value);
    expect(await bed.call('DELETE', '/servers/s/commands/VRFY')).toMatchObject({ status: 404 });
  });

  it('takes away every item that means the verb, so that the profile is what is left', async () => {
    await bed.put('policy', { server: 's', item: 'command#help', allowed: true });
    await bed.put('policy', { server: 's', item: 'command#HELP', allowed: true });

    const removed = await bed.call('DELETE', '/servers/s/commands/help');

    expect(removed.status).toBe(204);
    expect((await bed.call('GET', '/servers/s/commands/HELP')).value).toMatchObject({
      allowed: false,
      from: 'profile',
    });
  });

  it('never opens the verb on the way, and tells of a write that was not made', async () => {
    await bed.put('policy', { server: 's', item: 'command#VRFY', allowed: false });
    await bed.put('policy', { server: 's', item: 'command#vrfy', allowed: true });
    const { policy } = bed.stores;
    const inForce: unknown[] = [];
    let failing = '';
    const watched = withWrite(policy, async (change) => {
      if (change.item === failing) return 'changed';
      const written = await policy.write(change);
      inForce.push((await bed.call('GET', '/servers/s/commands/VRFY')).value.allowed);
      return written;
    });
    const dispatch = makeDispatch(ROUTE_TABLE, { ...bed.stores, policy: watched });
    const remove = async () => (await dispatch(adminEvent('DELETE', '/servers/s/commands/vrfy'))).statusCode;

    failing = 'command#VRFY';
    expect(await remove()).toBe(409);
    await bed.put('policy', { server: 's', item: 'command#vrfy', allowed: true });
    failing = 'command#vrfy';
    expect(await remove()).toBe(409);
    failing = '';
    expect(await remove()).toBe(204);

    expect(inForce).toEqual([false, false, false]);
    expect((await bed.call('GET', '/servers/s/commands')).value.others).toEqual([]);
  });

  it('is not removed where the precondition is that of another, and nothing beside it either', async () => {
    await bed.put('policy', { server: 's', item: 'command#EXPN', allowed: false });
    await bed.put('policy', { server: 's', item: 'command#expn', allowed: true });

    const { status } = await bed.call('DELETE', '/servers/s/commands/expn', { headers: { 'if-match': '"x"' } });

    expect(status).toBe(412);
    const items = (await bed.items('policy')).map(({ item }) => item);
    expect(items).toEqual(expect.arrayContaining(['command#EXPN', 'command#expn']));
    await bed.call('DELETE', '/servers/s/commands/expn');
  });

  it.each([
    ['ETRN', { allowed: true }, 'allowed'],
    ['NOOP', { maxOctets: 5 }, 'maxOctets'],
    ['NOOP', { maxOctet: 50 }, 'maxOctet'],
  ])('refuses for %s %j', async (verb, body, field) => {
    const { status, value } = await bed.call('PUT', `/servers/s/commands/${verb}`, { body });

    expect(status).toBe(400);
    expect(value.errors).toMatchObject([{ field }]);
  });

  it.each(['GET', 'PUT', 'DELETE'] as const)('%s says 404 for what is no verb', async (method) => {
    const body = method === 'PUT' ? { body: { allowed: true } } : {};

    expect(await bed.call(method, '/servers/s/commands/XYZZY', body)).toMatchObject({ status: 404 });
  });
});
