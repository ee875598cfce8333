import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type Asked, CliBed, problem, type Scripted } from '../../test-support/cli-bed.ts';

const EMPTY = { commands: {}, domains: {}, clients: {}, senders: {}, issuers: {} };
const SETTINGS = { settings: { hostname: 'mx.example.com', defaultNextHop: 'ses' } };
const DOCUMENT = { ...SETTINGS, domains: { 'a.example': {} } };
const VERSIONS = { policyVersion: 'abc', itemsVersion: 'one' };
const POLICY = { server: 'mx', ...VERSIONS, problems: [], ...EMPTY, ...DOCUMENT };
const input = JSON.stringify(DOCUMENT);

const READ = 'GET /servers/mx/policy';
const CHECK = 'POST /servers/mx/explain';
const WRITE = 'PUT /servers/mx/policy?seconds=3';
const FORCED = 'PUT /servers/mx/policy?seconds=3&force=true';

function applied(put: readonly string[], left: number, itemsVersion = 'two') {
  const changes = { put, deleted: [] };
  return { done: left === 0, applied: changes, unchanged: 0, left, policyVersion: 'def', itemsVersion };
}

/** An API that finds nothing wrong with documents. */
async function checking(...policies: readonly Scripted[]): Promise<CliBed> {
  const bed = await CliBed.start({ waits: false });
  const line = { line: '(connects)', octets: 0, state: 'ready' };
  const answer = { server: 'mx', policyVersion: 'x', basis: 'document', problems: [] };
  const client = { address: 'a', port: 25, tls: false };
  const value = { ...answer, client, greeting: line, lines: [], isClosed: false, isComplete: true };
  return bed.answer(CHECK, { value }).answer(READ, ...policies);
}

function bodies(asked: readonly Asked[], what = WRITE): readonly unknown[] {
  return asked.filter((each) => each.what === what).map(({ body }) => body);
}

describe('import', () => {
  it('sends the document again until it is done, and shows how far it is', async () => {
    const bed = await checking(problem(404, 'There is no server "mx"'));
    bed.answer(
      WRITE,
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
    expect(bodies(bed.asked)).toEqual(bodies(bed.asked).map(() => DOCUMENT));
  });

  it('gives up where nothing goes on, and says what is known', async () => {
    const bed = await checking({ value: POLICY });
    bed.answer(WRITE, problem(503, 'DynamoDB did not take settings'));

    const { code, err } = await bed.run(['import', 'mx', '-'], { input });

    expect(code).toBe(1);
    expect(bodies(bed.asked)).toHaveLength(7);
    expect(err.split('\n').slice(-3)).toEqual([
      'postern: cannot import into mx: DynamoDB did not take settings',
      'postern: mx: 0 items known to be applied; repeat the command, it goes on where it stopped',
      '',
    ]);
  });

  it('does not repeat for ever what takes no step', async () => {
    const bed = await checking({ value: POLICY });
    bed.answer(WRITE, { status: 202, value: applied([], 7) });

    const { code, err } = await bed.run(['import', 'mx', '-'], { input });

    expect(code).toBe(1);
    expect(bodies(bed.asked)).toHaveLength(7);
    expect(err).toContain('postern: nothing goes on\n');
  });

  it('changes nothing, and says nothing of steps, where the document is wrong', async () => {
    const bed = await checking({ value: POLICY });
    const errors = ['domains.a_b', 'clients.10.0.0.1/8'].map((field) => ({ field, problem: 'is none' }));
    bed.answer(CHECK, problem(400, 'x', { errors }));

    const { code, err } = await bed.run(['import', 'mx', '-'], { input });

    expect({ code, err }).toEqual({
      code: 1,
      err: 'postern: cannot import into mx: domains.a_b: is none\npostern: cannot import into mx: clients.10.0.0.1/8: is none\n',
    });
    expect(bodies(bed.asked)).toEqual([]);
  });

  it('broken off by Ctrl-C says how to go on', async () => {
    const bed = await checking({ value: POLICY });
    const interruption = new AbortController();
    bed.answer(WRITE, { status: 202, value: applied(['settings'], 7) });

    const running = bed.run(['import', 'mx', '-'], { input, signal: interruption.signal });
    await vi.waitUntil(() => bed.asked.length > 4);
    interruption.abort();
    const { code, err } = await running;

    expect(code).toBe(130);
    expect(err).toMatch(/postern: interrupted\npostern: mx: \d+ items? known to be applied; repeat the command/);
  });

  it('with --dry-run has the document checked, and shows what would change', async () => {
    const bed = await checking({ value: { ...POLICY, domains: { 'b.example': {} } } });

    const { code, out } = await bed.run(['import', 'mx', '-', '--dry-run'], { input });

    expect({ code, out }).toEqual({
      code: 0,
      out: 'STEP    ITEM\nadd     domains a.example\nremove  domains b.example\n',
    });
    expect(bed.asked[1]?.body).toEqual({ dialogue: [], policy: DOCUMENT });
    expect(bed.asked.map(({ what }) => what.split(' ')[0])).toEqual(['GET', 'POST']);
  });
});

describe('import of a document that removes items', () => {
  const there = { ...POLICY, domains: { 'a.example': {}, 'b.example': {}, 'c.example': {} } };

  it('names them, and goes on where no one can be asked', async () => {
    const bed = await checking({ value: there });
    bed.answer(WRITE, { value: applied([], 0) });

    const { code, err } = await bed.run(['import', 'mx', '-'], { input });

    expect(code).toBe(0);
    expect(err).toBe('mx: 0 items to write, 2 to remove\n  domains b.example\n  domains c.example\n');
  });

  it.each([
    ['y\n', 0, 1],
    ['yes\n', 0, 1],
    ['n\n', 1, 0],
    ['\n', 1, 0],
    ['', 1, 0],
  ])('asks at a terminal; %j ends with %i after %i writes', async (typed, code, writes) => {
    const bed = await checking({ value: there });
    bed.answer(WRITE, { value: applied([], 0) });
    const file = await bed.file('policy.json', input);

    const outcome = await bed.run(['import', 'mx', file], { typed });

    expect(outcome.code).toBe(code);
    expect(outcome.err).toContain('  domains b.example\n  domains c.example\nGo on? [y/N] ');
    expect(bodies(bed.asked)).toHaveLength(writes);
  });
});

describe('import of a document that was exported', () => {
  const bound = JSON.stringify({ server: 'mx', ...VERSIONS, ...DOCUMENT });
  const wanted = { ...SETTINGS, domains: { 'a.example': {}, 'b.example': {}, 'c.example': {} } };

  it('sends the versions along, and those that its own steps make', async () => {
    const bed = await checking({ value: POLICY });
    bed.answer(
      WRITE,
      { status: 202, value: applied(['domain#b.example'], 1) },
      { value: applied(['domain#c.example'], 0) },
    );

    const { code } = await bed.run(['import', 'mx', '-'], { input: bound });

    expect(code).toBe(0);
    expect(bodies(bed.asked)).toEqual([
      { ...DOCUMENT, ...VERSIONS },
      { ...DOCUMENT, policyVersion: 'def', itemsVersion: 'two' },
    ]);
    expect(readdirSync(bed.stateFolder, { recursive: true })).toEqual(['postern']);
  });

  it('is refused where somebody has changed the server since, and nothing is written', async () => {
    const bed = await checking({ value: { ...POLICY, itemsVersion: 'other' } });

    const { code, out, err } = await bed.run(['import', 'mx', '-'], { input: bound });

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^postern: mx was changed since the document was exported\n.*export again.*--force/);
    expect(bodies(bed.asked)).toEqual([]);
  });

  it('says so in a dry run', async () => {
    const bed = await checking({ value: { ...POLICY, itemsVersion: 'other' } });

    const { code, err } = await bed.run(['import', 'mx', '-', '--dry-run'], { input: bound });

    expect({ code, err }).toEqual({
      code: 0,
      err: 'mx was changed since the document was exported; import would refuse the document without --force\n',
    });
  });

  it('replaces what others changed with --force', async () => {
    const bed = await checking({ value: { ...POLICY, itemsVersion: 'other' } });
    bed.answer(FORCED, { value: applied([], 0) });

    const { code } = await bed.run(['import', 'mx', '-', '--force'], { input: bound });

    expect(code).toBe(0);
    expect(bodies(bed.asked, FORCED)).toEqual([DOCUMENT]);
  });

  it('goes to another server as it is', async () => {
    const bed = await checking({ value: { ...POLICY, itemsVersion: 'other' } });
    bed.answer(WRITE, { value: applied([], 0) });

    const { code } = await bed.run(['import', 'mx', '-'], { input: JSON.stringify({ ...POLICY, server: 'copy' }) });

    expect(code).toBe(0);
    expect(bodies(bed.asked)).toEqual([{ ...EMPTY, ...DOCUMENT }]);
  });

  it.each([
    [
      'itself has taken a step of which it did not hear',
      { 'a.example': {}, 'b.example': {} },
      0,
      /what the document says/,
    ],
    ['somebody has taken a domain away', {}, 1, /since the document was exported: domains a\.example\n/],
    ['somebody has added one', { 'a.example': {}, 'x.example': {} }, 1, /exported: domains x\.example\n/],
    ['somebody has changed one', { 'a.example': { note: 'x' } }, 1, /exported: domains a\.example\n/],
  ])('hears 412 on its way where %s', async (_, domains, code, said) => {
    const now = { ...POLICY, policyVersion: 'now', itemsVersion: 'now', domains };
    const bed = await checking({ value: POLICY }, { value: now });
    const stale = problem(412, 'mx was changed since this document was read');
    bed.answer(WRITE, stale, { value: applied(['domain#c.example'], 0) });

    const outcome = await bed.run(['import', 'mx', '-'], { input: JSON.stringify({ ...POLICY, ...wanted }) });

    expect(outcome.code).toBe(code);
    expect(outcome.out + outcome.err).toMatch(said);
    if (code === 0) expect(bodies(bed.asked)[1]).toMatchObject({ policyVersion: 'now', itemsVersion: 'now' });
  });

  it('goes on after a break by the same command, unless somebody else changed the server meanwhile', async () => {
    const document = JSON.stringify({ ...POLICY, ...wanted });
    const half = { ...POLICY, policyVersion: 'h', itemsVersion: 'h', domains: { 'a.example': {}, 'b.example': {} } };
    const other = { ...half, itemsVersion: 'o', domains: { ...half.domains, 'colleague.example': {} } };
    const bed = await checking({ value: POLICY }, { value: other }, { value: half });
    bed.answer(WRITE, problem(400, 'broken off'), { value: applied(['domain#c.example'], 0) });

    const broken = await bed.run(['import', 'mx', '-'], { input: document });
    const undoing = await bed.run(['import', 'mx', '-'], { input: document });
    const repeated = await bed.run(['import', 'mx', '-'], { input: document });

    expect([broken.code, undoing.code, repeated.code]).toEqual([1, 1, 0]);
    expect(undoing.err).toContain('mx was changed since the document was exported: domains colleague.example\n');
    expect(bodies(bed.asked)[1]).toMatchObject({ itemsVersion: 'h' });
  });
});

describe('export', () => {
  it('writes what import takes, and what it is based on', async () => {
    const bed = await CliBed.start({ waits: false });
    const problems = [{ item: 'Domain#x', problem: 'must be written domain#x' }];
    bed.answer(READ, { value: { ...POLICY, problems } });

    const { out, err } = await bed.run(['export', 'mx']);

    const { problems: _problems, ...document } = POLICY;
    expect(JSON.parse(out)).toEqual(document);
    expect(err).toBe('Domain#x is not in force as it stands: must be written domain#x\n');
  });

  it('writes a file where the command was typed, and with --json the answer as it is', async () => {
    const bed = await CliBed.start({ waits: false });
    bed.answer(READ, { value: POLICY });

    const { out, err } = await bed.run(['export', 'mx', '--json', '--output', 'mx.json'], { folder: bed.stateFolder });

    const file = join(bed.stateFolder, 'mx.json');
    expect({ out, err }).toEqual({ out: '', err: `mx: policy version abc written to ${file}\n` });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(POLICY);
  });
});
