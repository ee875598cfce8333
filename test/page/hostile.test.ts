/** Strings of strangers: in names, notes, EHLO, addresses and subjects they are text on every page, and nothing else. */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { hasBrowser, launch, openPage, overflow, settled } from './browser.ts';
import { RIDDLE, recorded, sendInbound } from './recorded-sessions.ts';

const TEST_MS = 120_000;
const TAG = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>';
/** Right-to-left override, which turns what follows it. */
const TURNED = 'safe\u202Egpj.exe';
const LONG = 'x'.repeat(65_536);
const PHONE = { viewport: { width: 360, height: 740 } };

describe.skipIf(!hasBrowser)('a string of a stranger', () => {
  let run: EmbeddedRun;
  let browser: Browser;
  let context: BrowserContext;
  let held: string;

  async function put(path: string, body: object): Promise<void> {
    const response = await fetch(`${run.adminUrl}${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  }

  beforeAll(async () => {
    [run, browser] = await Promise.all([EmbeddedRun.start(), launch()]);
    context = await browser.newContext(PHONE);
    const note = `${TAG} ${TURNED}`;
    await put('/servers/inbound/domains/example.edu', { note });
    await put('/servers/inbound/clients/203.0.113.0%2F24', { access: 'deny', note });
    await put('/servers/inbound/senders/spam.example', { access: 'deny', note: note + 'y'.repeat(1500) });
    await put('/servers/inbound/screens/300-words', { words: [TAG, TURNED], action: 'hold', note });
    await put(`/users/${encodeURIComponent(`${TAG}`.replaceAll('?', ''))}`, { servers: ['submission'], note });
    const answer = await sendInbound(run, {
      // What EHLO says is recorded as it came.
      helo: '<img/src=x/onerror=window.owned=1>',
      from: 'mallory@example.org',
      // The internal MTA refuses such a name, and the session records it.
      to: ['"<script>window.owned=1</script>"@example.com', 'bob@example.com'],
      content: RIDDLE.replace('Read me if you can', `${TAG} ${TURNED}`).replace(
        'What some show.',
        `${TAG}\r\n${LONG.slice(0, 900)}`,
      ),
    });
    held = /^250 2\.0\.0 OK (\S+)$/.exec(answer)?.[1] ?? '';
    expect(held).not.toBe('');
    await recorded(run, 1);
  }, TEST_MS);

  afterAll(async () => {
    await browser?.close();
    await run?.stop();
  });

  it.each([
    '/overview',
    '/sessions',
    '/sessions?list=messages',
    '/session/HELD',
    '/policy/inbound/domains',
    '/policy/inbound/clients',
    '/policy/inbound/senders',
    '/policy/inbound/keywords',
    '/held/inbound',
    '/held/inbound/HELD',
    '/users',
    `/users/${encodeURIComponent(TAG)}`,
    '/changes/inbound',
    `/sessions?q=${encodeURIComponent(TAG)}`,
    `/${encodeURIComponent(TAG)}`,
    `/try/inbound?from=${encodeURIComponent(TAG)}`,
  ])(
    'is text on %s',
    async (view) => {
      const { page, complaints } = await openPage(context, run.pageUrl, view.replace('HELD', held));
      if (view === '/held/inbound/HELD') {
        await page.getByRole('button', { name: 'Show as text' }).click();
        await page.getByText('onerror="window.owned=1"').first().waitFor();
      }
      await settled(page);

      expect(await page.evaluate(() => (globalThis as unknown as { readonly owned?: number }).owned)).toBeUndefined();
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(complaints).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    },
    TEST_MS,
  );

  it(
    'of 64 KB is cut, and shown whole when that is asked for',
    async () => {
      const faked = await browser.newContext(PHONE);
      try {
        await faked.route('**/users?*', (route) =>
          route.fulfill({
            json: { users: [{ user: LONG, enabled: true, servers: [LONG], senders: [], hasPassword: true }] },
          }),
        );
        const { page } = await openPage(faked, run.pageUrl, '/users');
        expect(await overflow(page)).toBeLessThanOrEqual(0);

        await page.getByRole('button', { name: 'show all 65536 characters' }).first().click();
        expect(await overflow(page)).toBeLessThanOrEqual(0);
      } finally {
        await faked.close();
      }
    },
    TEST_MS,
  );
});
