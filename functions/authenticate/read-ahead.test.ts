import { describe, expect, it } from 'vitest';
import type { UserStore } from '../directory/find-user.ts';
import { readAhead, readIssuersAhead } from './read-ahead.ts';

class FakeUsers implements UserStore {
  readonly asked: string[] = [];

  async find(user: string): Promise<unknown> {
    this.asked.push(user);
    if (user === 'broken') throw new Error('table not found');
    return { user };
  }
}

describe('readAhead', () => {
  it('asks for the user of a login name at once, and once', async () => {
    const users = new FakeUsers();

    const early = readAhead(users, 'ALICE@example.com');

    expect(users.asked).toEqual(['alice@example.com']);
    expect(await early.find('alice@example.com')).toEqual({ user: 'alice@example.com' });
    expect(users.asked).toHaveLength(1);
  });

  it('asks for any other user when it is asked', async () => {
    const users = new FakeUsers();

    const early = readAhead(users, 'alice');

    expect(await early.find('bob')).toEqual({ user: 'bob' });
    expect(users.asked).toEqual(['alice', 'bob']);
  });

  it('asks for no one by a name that is no key', () => {
    const users = new FakeUsers();

    readAhead(users, '');
    readAhead(users, 'ali\u0007ce');

    expect(users.asked).toEqual([]);
  });

  it('fails where it is asked, and nowhere else', async () => {
    const early = readAhead(new FakeUsers(), 'broken');
    // A rejection that no one handles by now would end the process.
    await new Promise((resolve) => setImmediate(resolve));

    await expect(early.find('broken')).rejects.toThrow('table not found');
  });
});

describe('readIssuersAhead', () => {
  function fakeIssuers(): { readonly asked: string[]; read(server: string): Promise<[]> } {
    const asked: string[] = [];
    return {
      asked,
      read: async (server) => {
        asked.push(server);
        if (server === 'broken') throw new Error('table not found');
        return [];
      },
    };
  }

  it('asks for the issuers of a token at once, and once', async () => {
    const issuers = fakeIssuers();

    const early = readIssuersAhead(issuers, { server: 'mx1', token: '' });

    expect(issuers.asked).toEqual(['mx1']);
    expect(await early.read('mx1')).toEqual([]);
    expect(issuers.asked).toEqual(['mx1']);
    await early.read('mx2');
    expect(issuers.asked).toEqual(['mx1', 'mx2']);
  });

  it('asks for none where there is no token', () => {
    const issuers = fakeIssuers();

    readIssuersAhead(issuers, { server: 'mx1', token: undefined });

    expect(issuers.asked).toEqual([]);
  });

  it('fails where it is asked, and nowhere else', async () => {
    const early = readIssuersAhead(fakeIssuers(), { server: 'broken', token: 'x' });
    await new Promise((resolve) => setImmediate(resolve));

    await expect(early.read('broken')).rejects.toThrow('table not found');
  });
});
