/** Two who edit: the second is told who was faster, and decides whose is to stand. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { hasBrowser, launch, openPage } from './browser.ts';

const TEST_MS = 120_000;

describe.skipIf(!hasBrowser)('of two who edit one item', () => {
  let run: EmbeddedRun;
  let browser: Browser;

  beforeAll(async () => {
    [run, browser] = await Promise.all([EmbeddedRun.start(), launch()]);
  }, TEST_MS);

  afterAll(async () => {
    await browser?.close();
    await run?.stop();
  });

  async function patch(body: object): Promise<void> {
    const response = await fetch(`${run.adminUrl}/servers/inbound`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
  }

  async function inForce(): Promise<unknown> {
    const response = await fetch(`${run.adminUrl}/servers/inbound`);
    const { settings } = (await response.json()) as { readonly settings: Readonly<Record<string, unknown>> };
    return settings.maxErrors;
  }

  /** Both have the settings before them; the other saves first. */
  async function race(theirs: number, mine: number): Promise<Page> {
    const context = await browser.newContext();
    const { page } = await openPage(context, run.pageUrl, '/policy/inbound/general');
    await page.getByLabel('maxErrors', { exact: true }).waitFor();
    await patch({ maxErrors: theirs });
    await page.getByLabel('maxErrors', { exact: true }).fill(`${mine}`);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Changed meanwhile' });
    await dialog.getByText('Changed meanwhile by local').waitFor();
    await dialog.getByRole('button', { name: 'Show' }).click();
    const row = dialog.getByRole('row').filter({ hasText: 'maxErrors' });
    expect(await row.innerText()).toMatch(new RegExp(`${theirs}\\s+${mine}`));
    return page;
  }

  it(
    'the second keeps what is his',
    async () => {
      const page = await race(31, 32);
      await page.getByRole('button', { name: 'Keep mine' }).click();
      await page.getByText('Changed maxErrors of inbound').first().waitFor();

      expect(await inForce()).toBe(32);
      await page.context().close();
    },
    TEST_MS,
  );

  it(
    'the second takes what is theirs',
    async () => {
      const page = await race(41, 42);
      await page.getByRole('button', { name: 'Take theirs' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });

      await expect.poll(() => page.getByLabel('maxErrors', { exact: true }).inputValue()).toBe('41');
      expect(await inForce()).toBe(41);
      await page.context().close();
    },
    TEST_MS,
  );
});
