import { describe, expect, it } from 'vitest';
import { CliBed } from '../../test-support/cli-bed.ts';

const SESSION = {
  ...{ session: 'Ab3dEf6hIj9k', server: 'submission', startedAt: '2026-11-25T10:00:00.000Z', state: 'content' },
  ...{ client: { address: '203.0.113.9', port: 1, helo: 'pc', tls: true }, identity: 'alice', transactions: 2 },
};

describe('live', () => {
  it('lists sessions, and the tasks that told', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /live?server=submission', {
      value: { sessions: [SESSION], tasks: 2, asOf: '2026-11-25T10:00:00Z' },
    });

    const { code, out } = await bed.run(['live', 'submission']);

    expect(code).toBe(0);
    expect(out).toContain('Ab3dEf6hIj9k');
    expect(out).toContain('1 session on 2 tasks');
  });

  it('says where no task has told', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /live', { value: { sessions: [], tasks: 0 } });

    expect((await bed.run(['live'])).out).toBe('No task has told of its sessions: is one running?\n');
  });

  it('shows the commands of one', async () => {
    const bed = await CliBed.start();
    const commands = [{ verb: 'EHLO', octets: 9, reply: 250, line: 'EHLO pc', answer: 'mx.example.com' }];
    bed.answer('GET /live/Ab3dEf6hIj9k', { value: { ...SESSION, commands } });

    const { out } = await bed.run(['live', '--session', 'Ab3dEf6hIj9k']);

    expect(out).toMatch(/EHLO pc +9 +250 mx\.example\.com/);
  });

  it.each([
    ['203.0.113.9', ['DELETE /live?client=203.0.113.9']],
    ['2001:db8::1', ['DELETE /live?client=2001%3Adb8%3A%3A1']],
    ['alice@example.com', ['DELETE /live?identity=alice%40example.com']],
    ['Ab3dEf6hIj9k', ['DELETE /live/Ab3dEf6hIj9k', 'DELETE /live?identity=Ab3dEf6hIj9k']],
  ])('ends the sessions of %s', async (what, asked) => {
    const bed = await CliBed.start();
    for (const each of asked) bed.answer(each, { status: 202, value: { servers: ['submission'] } });

    const { code, out } = await bed.run(['live', '--end', what]);

    expect(code).toBe(0);
    expect(bed.asked.map((each) => each.what)).toEqual(asked);
    expect(out).toBe(`Sessions of ${what} end within 5 seconds on submission\n`);
  });
});
