import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CliBed, problem } from '../test-support/cli-bed.ts';

const DOCUMENT = { settings: { hostname: 'mx.example.com', defaultNextHop: 'ses' }, domains: { 'a.example': {} } };
const EMPTY = { commands: {}, domains: {}, clients: {}, senders: {}, issuers: {} };
const POLICY = { ...EMPTY, ...DOCUMENT, server: 'mx', policyVersion: 'abc', problems: [] };
const input = JSON.stringify(DOCUMENT);

function applied(put: readonly string[], left: number) {
  return { done: left === 0, applied: { put, deleted: [] }, unchanged: 0, left };
}

/** Waits are not what is tested. */
vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

describe('import', () => {
  it('sends the document again until it is done, and shows how far it is', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx/policy', problem(404, 'There is no server "mx"'));
    bed.answer(
      'PUT /servers/mx/policy',
      { status: 202, value: applied(['domain#a.example'], 1) },
      problem(409, 'Somebody changed settings meanwhile', applied([], 1)),
      { status: 503, value: { message: 'Service Unavailable' } },
      { status: 200, value: applied(['settings'], 0) },
    );

    const { code, out, err } = await bed.run(['import', 'mx', '-'], { input });

    expect(code).toBe(0);
    expect(out).toBe('mx: the policy is what the document says; 2 items applied by this run\n');
    expect(err.split('\n')).toEqual([
      'mx: 2 items to write, 0 to remove',
      'mx: 1 item applied, 1 left',
      'cannot import into mx: Somebody changed settings meanwhile; again',
      'cannot import into mx: Service Unavailable; again',
      '',
    ]);
    const puts = bed.asked.filter(({ what }) => what.startsWith('PUT'));
    expect(puts.map(({ body }) => body)).toEqual(puts.map(() => ({ ...EMPTY, ...DOCUMENT })));
  });

  it('gives up where nothing goes on, and says what is known', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx/policy', { value: POLICY });
    bed.answer('PUT /servers/mx/policy', problem(503, 'DynamoDB did not take settings'));

    const { code, err } = await bed.run(['import', 'mx', '-'], { input });

    expect(code).toBe(1);
    expect(bed.asked.filter(({ what }) => what.startsWith('PUT'))).toHaveLength(7);
    expect(err.split('\n').slice(-3)).toEqual([
      'postern: cannot import into mx: DynamoDB did not take settings',
      'postern: mx: 0 items known to be applied; repeat the command, it goes on where it stopped',
      '',
    ]);
  });

  it('changes nothing, and tries no second time, where the document is wrong', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx/policy', { value: POLICY });
    const errors = [{ field: 'domains.a_b', problem: '"a_b" is not a domain name' }];
    bed.answer('PUT /servers/mx/policy', problem(400, 'x', { errors }));

    const { code, err } = await bed.run(['import', 'mx', '-'], { input });

    expect(code).toBe(1);
    expect(err).toContain('postern: cannot import into mx: domains.a_b: "a_b" is not a domain name\n');
    expect(bed.asked).toHaveLength(2);
  });

  it('broken off by Ctrl-C says how to go on', async () => {
    const bed = await CliBed.start();
    const interruption = new AbortController();
    bed.answer('GET /servers/mx/policy', { value: POLICY });
    bed.answer('PUT /servers/mx/policy', { status: 202, value: applied(['settings'], 7) });

    const running = bed.run(['import', 'mx', '-'], { input, signal: interruption.signal });
    await vi.waitUntil(() => bed.asked.length > 4);
    interruption.abort();
    const { code, err } = await running;

    expect(code).toBe(130);
    expect(err).toMatch(/postern: interrupted\npostern: mx: \d+ items known to be applied; repeat the command/);
  });

  it('with --dry-run has the document checked, and shows what would change', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx/policy', { value: { ...POLICY, domains: { 'b.example': {} } } });
    const line = { line: '(connects)', octets: 0, state: 'ready' };
    const answer = { policyVersion: 'x', basis: 'document', problems: [], client: { address: 'a', tls: false } };
    bed.answer('POST /servers/mx/explain', {
      value: { ...answer, greeting: line, lines: [], isClosed: false, isComplete: true },
    });

    const { code, out } = await bed.run(['import', 'mx', '-', '--dry-run'], { input });

    expect({ code, out }).toEqual({
      code: 0,
      out: 'STEP    ITEM\nadd     domains a.example\nremove  domains b.example\n',
    });
    expect(bed.asked[1]?.body).toEqual({ dialogue: [], policy: { ...EMPTY, ...DOCUMENT } });
    expect(bed.asked.map(({ what }) => what.split(' ')[0])).toEqual(['GET', 'POST']);
  });
});

describe('export', () => {
  it('writes what import takes, without what changes by itself', async () => {
    const bed = await CliBed.start();
    const problems = [{ item: 'Domain#x', problem: 'must be written domain#x' }];
    bed.answer('GET /servers/mx/policy', { value: { ...POLICY, problems } });

    const { out, err } = await bed.run(['export', 'mx']);

    expect(JSON.parse(out)).toEqual({ ...EMPTY, ...DOCUMENT });
    expect(err).toBe('Domain#x is not in force as it stands: must be written domain#x\n');
  });

  it('writes a file, and with --json the answer as it is', async () => {
    const bed = await CliBed.start();
    const file = join(tmpdir(), `postern-export-${process.pid}.json`);
    onTestFinished(() => rm(file, { force: true }));
    bed.answer('GET /servers/mx/policy', { value: POLICY });

    const { out } = await bed.run(['export', 'mx', '--json', '--output', file]);

    expect(out).toBe('');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(POLICY);
  });
});
