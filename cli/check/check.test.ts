import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { policy } from '../test-support/checked.ts';
import { CliBed, problem } from '../test-support/cli-bed.ts';

describe('postern check', () => {
  const USER = {
    user: 'bob',
    enabled: true,
    servers: ['mx'],
    senders: [],
    mayBounce: false,
    limits: {},
    hasPassword: true,
  };
  const LISTED = { hostname: null, enabled: null, policyVersion: null, problems: 0 };

  async function bedWith(answer: object, user: object = { ...USER, senders: ['*'], limits: { messagesPerDay: 5 } }) {
    const bed = await CliBed.start();
    bed.answer('GET /servers?limit=1000', { value: { servers: [{ ...LISTED, server: 'mx' }] } });
    bed.answer('GET /servers/mx/policy', { value: answer });
    bed.answer('GET /users?limit=1000', { value: { users: [user] } });
    return bed;
  }

  it('finds nothing where there is nothing, with code 0', async () => {
    const bed = await bedWith(policy());

    expect(await bed.run(['check'])).toEqual({ code: 0, out: 'Nothing found.\n', err: '' });
  });

  it('shows errors before warnings before notes, with code 1', async () => {
    const bed = await bedWith(policy({ enabled: false }, { commands: { AUTH: { allowed: false } } }), USER);

    const { code, out } = await bed.run(['check', 'mx']);

    expect(code).toBe(1);
    expect(out.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
      'LEVEL',
      'error',
      'warning',
      'note',
      'note',
      '1 error, 1 warning, 2 notes.',
      '',
    ]);
  });

  it('calls items of no server what they are, and a server that was typed wrong a mistake', async () => {
    const bed = await bedWith(policy());
    bed.answer('GET /servers/mx/policy', problem(404, 'There is no server "mx"'));

    const [all, one] = [await bed.run(['check', '--json']), await bed.run(['check', 'mx'])];

    expect(all.code).toBe(1);
    expect(JSON.parse(all.out.split('\n')[0] ?? '')).toEqual({
      level: 'error',
      server: 'mx',
      item: 'settings',
      problem: 'are missing: the other items have no effect',
    });
    expect(one).toEqual({ code: 1, out: '', err: 'postern: cannot check mx: There is no server "mx"\n' });
  });

  it('compares next hops with the egress rules of a cdk.json', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'postern-cli-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'cdk.json');
    const write = (servers: object[]): void =>
      writeFileSync(file, JSON.stringify({ context: { postern: { servers } } }));
    const bed = await bedWith(policy());

    write([{ name: 'mx', egress: [{ to: '10.20.0.25/32', port: 25, note: 'ours' }] }]);
    const open = await bed.run(['check', '--cdk', file]);
    write([{ name: 'mx' }]);
    const shut = await bed.run(['check', '--cdk', file]);
    write([]);
    const unknown = await bed.run(['check', '--cdk', file]);
    writeFileSync(file, '{}');
    const broken = await bed.run(['check', '--cdk', file]);

    expect(open).toMatchObject({ code: 0, out: 'Nothing found.\n' });
    expect(shut).toMatchObject({
      code: 1,
      out: expect.stringContaining('egress does not let out to 10.20.0.25 port 25'),
    });
    expect(unknown).toMatchObject({ code: 0, out: expect.stringContaining('cdk.json has no such server') });
    expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('postern: Cannot read the egress rules of') });
  });
});
