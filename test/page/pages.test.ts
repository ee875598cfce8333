/** Each page against an embedded run with sessions of every kind: what it shows, and how it keeps to the rules of pages. */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { COLOUR_RULES, hasBrowser, launch, openPage, overflow, settled, violations } from './browser.ts';
import { playSessions } from './recorded-sessions.ts';

const TEST_MS = 120_000;

describe.skipIf(!hasBrowser)('the page for people', () => {
  let run: EmbeddedRun;
  let browser: Browser;
  let held: string;

  beforeAll(async () => {
    [run, browser] = await Promise.all([EmbeddedRun.start(), launch()]);
    held = await playSessions(run);
  }, TEST_MS);

  afterAll(async () => {
    await browser?.close();
    await run?.stop();
  });

  async function withContext<T>(look: (context: BrowserContext) => Promise<T>): Promise<T> {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    try {
      return await look(context);
    } finally {
      await context.close();
    }
  }

  const VIEWS: readonly (readonly [view: string, shown: readonly string[]])[] = [
    ['/overview', ['inbound', 'submission', 'STARTTLS', '1 held message', 'command#VRFY', 'bob@example.com']],
    ['/sessions', ['alice@example.com', '1 failed login', '127.0.0.66', '1 held']],
    ['/sessions?client=127.0.0.66', ['127.0.0.66', '1 session']],
    ['/sessions?list=messages', ['carol@example.org', 'held', 'bob@example.com']],
    ['/sessions?list=messages&recipient=ann%40example.net&verdict=held', ['1 message', 'mallory@example.org']],
    ['/sessions?list=live', ['Under way']],
    ['/session/HELD', ['RCPT TO:<bob@example.com>', 'screen#200-unreadable', 'none tried', 'look at it']],
    ['/policy/inbound/commands', ['VRFY', 'profile modern', '12288']],
    ['/policy/inbound/domains', ['example.com', 'example.net']],
    ['/policy/inbound/clients', ['No network is named']],
    ['/policy/inbound/senders', ['No sender is refused']],
    ['/policy/inbound/attachments', ['100-executables', 'attachment types executable or macro-document or script']],
    ['/policy/inbound/keywords', ['200-unreadable', 'structure ambiguous or partial or unreadable']],
    ['/policy/submission/general', ['maxMessageOctets', '25 MiB', 'bareNewline']],
    ['/try/inbound', ['From', 'Client address']],
    ['/try/inbound?mode=dialogue&session=HELD', ['What the client sends']],
    ['/try/inbound?mode=replay', ['Policy document']],
    ['/held/inbound', ['mallory@example.org', 'screen#200-unreadable', 'structure ambiguous']],
    ['/held/inbound/HELD', ['bad-boundary', 'text/plain', 'ann@example.net']],
    ['/users', ['alice@example.com']],
    ['/users/alice@example.com', ['What the user may do', 'Unlock']],
    ['/changes/inbound', ['has not been changed']],
    ['/nowhere', ['There is no page']],
  ];

  describe('shows', () => {
    let context: BrowserContext;
    beforeAll(async () => {
      context = await browser.newContext({ reducedMotion: 'reduce' });
    });
    afterAll(() => context?.close());

    it.each(VIEWS)(
      'on %s what is there, keeps to its policy, fits a screen of 360 pixels, and has nothing that axe finds wrong',
      async (view, shown) => {
        const { page, complaints } = await openPage(context, run.pageUrl, view.replace('HELD', held));
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize({ width: 1280, height: 900 });
        const text = `${await page.locator('body').innerText()} ${(await page.locator('textarea').allTextContents()).join(' ')}`;

        for (const each of shown) expect(text).toContain(each);
        expect(await violations(page)).toEqual([]);
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await violations(page, COLOUR_RULES)).toEqual([]);
        await page.setViewportSize({ width: 360, height: 740 });
        // Charts are drawn anew when they have seen it.
        await expect.poll(() => overflow(page)).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
        expect(await page.evaluate(() => location.hash)).not.toContain('token');
        expect(await context.cookies()).toEqual([]);
      },
      TEST_MS,
    );
  });

  it(
    'shows in a login that AUTH went through, and what it would hear today',
    async () => {
      await withContext(async (context) => {
        const { page } = await openPage(context, run.pageUrl, '/sessions?server=submission&user=alice%40example.com');
        await page.getByRole('row').filter({ hasText: '1 accepted' }).getByRole('link').first().click();
        await page.getByText('AUTH went through').waitFor();

        const login = page.locator('tr.login');
        expect(await login.innerText()).toMatch(/235 2\.7\.0/);
        expect(await page.locator('body').innerText()).not.toContain(
          Buffer.from('correct horse').toString('base64').slice(0, 12),
        );
        await page.getByRole('button', { name: "Explain under today's policy" }).click();
        await page.getByText('each reply has the code it had then.').waitFor();
      });
    },
    TEST_MS,
  );

  it(
    'shows a session under way, and ends it',
    async () => {
      await withContext(async (context) => {
        const client = await SmtpClient.connect(run.inboundPort, '127.0.0.99');
        await client.reply();
        await client.command('EHLO lingering.example');
        const { page } = await openPage(context, run.pageUrl, '/sessions?list=live');
        const row = page.getByRole('row').filter({ hasText: '127.0.0.99' });
        await row.getByText('lingering.example').waitFor();
        await row.getByRole('button', { name: /^End session/ }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();

        expect((await client.reply()).code).toBe(421);
        await row.waitFor({ state: 'detached' });
        client.destroy();
      });
    },
    TEST_MS,
  );

  it(
    'saves nothing of what Esc takes back',
    async () => {
      await withContext(async (context) => {
        const { page } = await openPage(context, run.pageUrl, '/policy/inbound/commands');
        const field = page.getByLabel('Octets of a NOOP line');
        await field.fill('99');
        await field.press('Escape');
        await page.getByLabel('Octets of a RSET line').focus();
        await settled(page);

        expect(await field.inputValue()).toBe('64');
        expect(await page.locator('.told p').count()).toBe(0);
      });
    },
    TEST_MS,
  );

  it(
    'gives screening rules another order by keys, takes it back, and by dragging',
    async () => {
      await withContext(async (context) => {
        const { page } = await openPage(context, run.pageUrl, '/policy/inbound/attachments');
        const names = () => page.locator('.rule b').allInnerTexts();
        await page.getByRole('button', { name: 'Move 200-unreadable up' }).press('Enter');
        await page.locator('.rule b', { hasText: '050-unreadable' }).waitFor();
        expect(await names()).toEqual(['050-unreadable', '100-executables']);
        await page.keyboard.press('z');
        await page.locator('.rule b', { hasText: '200-unreadable' }).waitFor();
        expect(await names()).toEqual(['100-executables', '200-unreadable']);

        await page.locator('.rule').first().dragTo(page.locator('.rule').last());
        await page.locator('.rule b', { hasText: '300-executables' }).waitFor();
        expect(await names()).toEqual(['200-unreadable', '300-executables']);
        await page.locator('[data-undo]').last().click();
        await page.locator('.rule b', { hasText: '100-executables' }).waitFor();
      });
    },
    TEST_MS,
  );

  it(
    'keeps its state in the address, and asks for the key after a reload',
    async () => {
      await withContext(async (context) => {
        const { page } = await openPage(context, run.pageUrl, '/sessions');
        await page.getByRole('searchbox', { name: 'Filter sessions' }).fill('127.0.0.67');
        await page.getByRole('button', { name: 'Client', exact: true }).click();
        const address = page.url();
        expect(address).toContain('q=127.0.0.67');
        expect(address).toContain('sort=client');
        await page.reload();
        await page.getByText('This tab has no key').waitFor();

        await page.getByLabel('Address with its key').fill('http://127.0.0.1:1/#token=of-an-earlier-start-of-it');
        await page.getByRole('button', { name: 'Open' }).click();
        await page.getByText('The last key opens nothing here').waitFor();
        await page.getByLabel('Address with its key').fill(run.pageUrl);
        await page.getByRole('button', { name: 'Open' }).click();
        await settled(page);
        expect(page.url()).toBe(address);
        expect(await page.locator('tbody tr').count()).toBe(1);
      });
    },
    TEST_MS,
  );

  it(
    'says that the API is away, and comes back by itself',
    async () => {
      await withContext(async (context) => {
        const { page } = await openPage(context, run.pageUrl, '/users');
        await context.route(/\/(?:users|servers)/, (route) => route.abort());
        await page.getByRole('link', { name: 'Overview' }).click();
        await page.getByText('It is asked again every 2 seconds').waitFor();
        await context.unroute(/\/(?:users|servers)/);

        await page.getByText('It is asked again every 2 seconds').waitFor({ state: 'detached' });
        await page.getByRole('link', { name: 'inbound', exact: true }).waitFor();
      });
    },
    TEST_MS,
  );

  it(
    'says so when IAM refuses',
    async () => {
      await withContext(async (context) => {
        await context.route('**/users?*', (route) => route.fulfill({ status: 403, json: { message: 'Forbidden' } }));
        const { page } = await openPage(context, run.pageUrl, '/users');

        expect(await page.getByRole('alert').innerText()).toContain('your IAM rights lack execute-api:Invoke');
      });
    },
    TEST_MS,
  );
});
