import { describe, expect, it } from 'vitest';
import { CliBed, problem } from '../../test-support/cli-bed.ts';

const VERSION = '20260301T100000-1a2b3c4d';
const WHO = 'arn:aws:iam::123456789012:user/kim';
const CHANGES = [
  { item: 'settings', action: 'changed', before: { maxRecipients: 50 }, after: { maxRecipients: 60 } },
  { item: 'domain#example.com', action: 'made', after: {} },
  { item: 'command#VRFY', action: 'deleted', before: { allowed: true } },
];
const LISTED = { version: VERSION, at: '2026-03-01T10:00:00.000Z', who: WHO, changes: CHANGES };
const PLAN = { version: VERSION, dryRun: true, steps: CHANGES, unchanged: 4 };
const ROLLBACK = 'POST /servers/mx/rollback';

function applied(put: readonly string[], left: number) {
  const done = { done: left === 0, applied: { put, deleted: [] }, unchanged: 0, left };
  return { ...done, policyVersion: 'def', itemsVersion: 'two' };
}

describe('history', () => {
  it('lists versions with who and what', async () => {
    const bed = await CliBed.start({ waits: false });
    bed.answer('GET /servers/mx/history?limit=101', { value: { versions: [{ ...LISTED, changesOmitted: 7 }] } });

    const { code, out } = await bed.run(['history', 'mx']);

    expect(code).toBe(0);
    expect(out).toContain(VERSION);
    expect(out).toMatch(/ kim /);
    expect(out).toContain(
      'settings maxRecipients: 50 → 60; domain#example.com added; command#VRFY removed; and 7 more',
    );
  });

  it('shows a version beside what is now, and takes a time in its place', async () => {
    const bed = await CliBed.start({ waits: false });
    const value = { ...LISTED, server: 'mx', policy: null, differences: CHANGES.slice(1, 2) };
    bed.answer(`GET /servers/mx/history/${VERSION}`, { value });
    bed.answer('GET /servers/mx/history/2026-03-01T10%3A00%3A00.000Z', { value });

    const named = await bed.run(['history', 'mx', VERSION]);
    const timed = await bed.run(['history', 'mx', '2026-03-01T10:00']);

    expect(named.code).toBe(0);
    expect(named.out).toMatch(/^who +arn:aws:iam::123456789012:user\/kim$/m);
    expect(named.out).toMatch(/^add +domain#example.com/m);
    expect(timed.out).toBe(named.out);
    expect(await bed.run(['history', 'mx', 'before'])).toMatchObject({ code: 2 });
  });
});

describe('rollback', () => {
  it('shows the plan, asks, and does what was shown until it is done', async () => {
    const bed = await CliBed.start({ waits: false });
    bed.answer(
      ROLLBACK,
      { value: PLAN, headers: { etag: '"one"' } },
      { status: 202, value: applied(['settings'], 2), headers: { etag: '"two"' } },
      problem(409, 'The policy of mx was changed just now'),
      { value: applied(['domain#example.com', 'command#VRFY'], 0) },
    );

    const { code, out, err } = await bed.run(['rollback', 'mx', VERSION], { typed: 'y\n' });

    expect(code).toBe(0);
    expect(out).toMatch(/^change +settings +maxRecipients: 50 → 60$/m);
    expect(err).toContain(`3 items of mx become what they were at ${VERSION}.`);
    expect(out).toContain(`mx: the policy is as it was at ${VERSION}, 3 items changed`);
    expect(bed.asked.map(({ body, headers }) => [body, headers['if-match']])).toEqual([
      [{ version: VERSION, dryRun: true }, undefined],
      [{ version: VERSION }, '"one"'],
      [{ version: VERSION }, '"two"'],
      [{ version: VERSION }, '"two"'],
    ]);
  });

  it('changes nothing in a dry run, without a yes, or without a terminal; --yes asks nothing', async () => {
    const bed = await CliBed.start({ waits: false });
    bed.answer(ROLLBACK, { value: PLAN });

    const dry = await bed.run(['rollback', 'mx', VERSION, '--dry-run']);
    const no = await bed.run(['rollback', 'mx', VERSION], { typed: 'n\n' });
    const piped = await bed.run(['rollback', 'mx', VERSION]);

    expect([dry.code, no.code, piped.code]).toEqual([0, 1, 1]);
    expect(piped.err).toContain('--yes does it all the same');
    expect(bed.asked.map(({ body }) => body)).toEqual(Array(3).fill({ version: VERSION, dryRun: true }));

    bed.answer(ROLLBACK, { value: PLAN }, { value: applied(['settings'], 0) });
    const done = await bed.run(['rollback', 'mx', VERSION, '--yes', '--json']);

    expect(JSON.parse(done.out)).toEqual({ done: true, version: VERSION, changed: 1 });
  });
});
