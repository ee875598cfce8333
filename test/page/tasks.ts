/** The operator's ten commonest tasks, each by clicks alone and by keys alone. */

import type { Locator, Page } from 'playwright-core';

/** A hand that does what a person does: by the mouse, or by the keyboard and nothing else. */
export interface Hand {
  readonly name: string;
  /** Opens one of the pages in the navigation. */
  readonly open: (page: Page, name: string) => Promise<void>;
  readonly press: (page: Page, target: Locator) => Promise<void>;
  readonly fill: (page: Page, target: Locator, text: string) => Promise<void>;
  readonly choose: (page: Page, target: Locator, value: string) => Promise<void>;
  readonly tick: (page: Page, target: Locator) => Promise<void>;
  /** Opens the first row of the list. */
  readonly firstRow: (page: Page) => Promise<void>;
}

export const MOUSE: Hand = {
  name: 'clicks alone',
  open: (page, name) =>
    page.getByRole('navigation', { name: 'Pages' }).first().getByRole('link', { name, exact: true }).click(),
  press: (_page, target) => target.click(),
  fill: async (page, target, text) => {
    await target.click();
    await target.selectText();
    await page.keyboard.insertText(text);
    // Somewhere else is clicked, and the field is left.
    await page.locator('h1').first().click();
  },
  choose: async (_page, target, value) => void (await target.selectOption(value)),
  tick: (_page, target) => target.click(),
  firstRow: (page) => page.locator('[data-row]').first().click(),
};

const LETTERS: Readonly<Record<string, string>> = {
  Overview: 'o',
  Sessions: 's',
  Policy: 'p',
  'Try it': 't',
  Held: 'h',
  Users: 'u',
  Changes: 'c',
};

/** Presses of Tab after which something is said not to be reachable. */
const MOST_TABS = 400;

/** Goes there by Tab alone, from wherever the focus is. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < MOST_TABS; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${target}`);
}

export const KEYS: Hand = {
  name: 'keys alone',
  open: async (page, name) => {
    // Out of whatever field has the focus.
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press('g');
    await page.keyboard.press(LETTERS[name] ?? '');
  },
  press: async (page, target) => {
    await tabTo(page, target);
    await page.keyboard.press('Enter');
  },
  fill: async (page, target, text) => {
    await tabTo(page, target);
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(text);
    if ((await target.evaluate((element) => element.tagName)) !== 'TEXTAREA') await page.keyboard.press('Tab');
  },
  choose: async (page, target, value) => {
    await tabTo(page, target);
    const words = await target.evaluate(
      (element, wanted) =>
        [...(element as HTMLSelectElement).options].find((option) => option.value === wanted)?.text ?? '',
      value,
    );
    await page.keyboard.type(words);
  },
  tick: async (page, target) => {
    await tabTo(page, target);
    await page.keyboard.press('Space');
  },
  firstRow: async (page) => {
    await page.locator('[data-row]').first().waitFor();
    // In a field, j is a letter.
    const isTyping = await page.evaluate(() => document.activeElement?.matches('input:not([type=checkbox]), textarea'));
    if (isTyping === true) await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
  },
};

export interface Task {
  readonly name: string;
  readonly run: (page: Page, hand: Hand, held: string) => Promise<void>;
}

async function told(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('.told').getByText(text).first().waitFor();
}

export const TASKS: readonly Task[] = [
  {
    name: 'finds why a client was refused',
    run: async (page, hand) => {
      await hand.open(page, 'Sessions');
      await hand.fill(page, page.getByLabel('Client address'), '127.0.0.66');
      await page.getByRole('row').filter({ hasText: '127.0.0.67' }).first().waitFor({ state: 'detached' });
      await hand.firstRow(page);
      await page.getByText('command#VRFY').waitFor();
      await page.getByText('relay-domains').first().waitFor();
    },
  },
  {
    name: 'sees a login go through',
    run: async (page, hand) => {
      await hand.open(page, 'Sessions');
      await hand.fill(page, page.getByRole('searchbox', { name: 'Filter sessions' }), 'alice accepted');
      await page
        .getByText(/^\d+ sessions? of \d+$/)
        .first()
        .waitFor();
      await hand.firstRow(page);
      await page.getByText('AUTH went through').waitFor();
    },
  },
  {
    name: 'allows a command, and takes it back',
    run: async (page, hand) => {
      await hand.open(page, 'Policy');
      await hand.tick(page, page.getByRole('checkbox', { name: 'VRFY allowed' }));
      await told(page, 'Changed VRFY of inbound');
      await page.getByRole('button', { name: 'Back to the profile: VRFY' }).waitFor();
      await hand.press(page, page.locator('[data-undo]').last());
      await told(page, 'Took VRFY of inbound back');
      await page.getByRole('button', { name: 'Back to the profile: VRFY' }).waitFor({ state: 'detached' });
    },
  },
  {
    name: 'gives a command another length, after a bad one was refused beside its field',
    run: async (page, hand) => {
      await hand.open(page, 'Policy');
      const field = page.getByLabel('Octets of a NOOP line');
      await hand.fill(page, field, 'many');
      await page.getByRole('row').filter({ has: field }).getByRole('alert').getByText('is not a number').waitFor();
      await hand.fill(page, field, '80');
      await told(page, 'Changed NOOP of inbound');
      await hand.press(page, page.getByRole('button', { name: 'Back to the profile: NOOP' }));
      await told(page, 'NOOP of inbound is as its profile says');
    },
  },
  {
    name: 'takes mail for one more domain, and removes it again',
    run: async (page, hand) => {
      await hand.open(page, 'Policy');
      await hand.press(page, page.getByRole('link', { name: 'Relay domains' }));
      await hand.fill(page, page.getByLabel('Domain', { exact: true }), 'Example.EDU');
      await hand.press(page, page.getByRole('button', { name: 'Add', exact: true }));
      await told(page, 'Added domain Example.EDU of inbound');
      await hand.press(page, page.getByRole('button', { name: 'Remove example.edu' }));
      await told(page, 'Removed domain example.edu of inbound');
    },
  },
  {
    name: 'denies a client network',
    run: async (page, hand) => {
      await hand.open(page, 'Policy');
      await hand.press(page, page.getByRole('link', { name: 'Clients' }));
      await hand.fill(page, page.getByLabel('Network', { exact: true }), '203.0.113.0/24');
      await hand.press(page, page.getByRole('button', { name: 'Add', exact: true }));
      await page.getByRole('row').filter({ hasText: '203.0.113.0/24' }).waitFor();
      await hand.press(page, page.getByRole('button', { name: 'Remove 203.0.113.0/24' }));
      await told(page, 'Removed client network 203.0.113.0/24 of inbound');
    },
  },
  {
    name: 'asks what a client would hear',
    run: async (page, hand) => {
      await hand.open(page, 'Try it');
      await hand.fill(page, page.getByLabel('From', { exact: true }), 'carol@example.org');
      await hand.fill(page, page.getByLabel('To', { exact: true }), 'bob@example.com, x@elsewhere.example');
      await hand.press(page, page.getByRole('button', { name: 'What would it hear?' }));
      await page.getByText('550 5.7.1 Relay access denied').waitFor();
      await page.getByText('domain#example.com').waitFor();
    },
  },
  {
    name: 'changes a setting, sees who did, and rolls back',
    run: async (page, hand) => {
      await hand.open(page, 'Policy');
      await hand.press(page, page.getByRole('link', { name: 'General' }));
      await hand.fill(page, page.getByLabel('maxRecipients', { exact: true }), '50');
      await told(page, 'Changed maxRecipients of inbound');
      await hand.press(page, page.getByRole('button', { name: 'Default of maxRecipients' }));
      await hand.open(page, 'Changes');
      // A change is in the history a second or two after it was made.
      const row = page.getByRole('row').filter({ hasText: 'maxRecipients (none) → 50' });
      while ((await row.count()) === 0) {
        await page.waitForTimeout(1000);
        await hand.open(page, 'Overview');
        await hand.open(page, 'Changes');
        await page.getByRole('searchbox', { name: 'Filter changes' }).waitFor();
        await page.waitForLoadState('networkidle');
      }
      const change = row.first().getByRole('link');
      await hand.press(page, change);
      await hand.press(page, page.getByRole('button', { name: 'Roll back to here' }));
      await hand.press(page, page.getByRole('dialog').getByRole('button', { name: 'Roll back' }));
      await told(page, 'The policy of inbound is what it was');
    },
  },
  {
    name: 'gives a user a limit',
    run: async (page, hand) => {
      await hand.open(page, 'Users');
      await hand.firstRow(page);
      await hand.fill(page, page.getByLabel('Messages an hour'), '100');
      await hand.press(page, page.getByRole('button', { name: 'Save' }));
      await told(page, 'Changed user alice@example.com');
      await hand.press(page, page.locator('[data-undo]').last());
      await told(page, 'Put user alice@example.com back');
    },
  },
  {
    name: 'looks at a held message, and releases it to one recipient',
    run: async (page, hand, held) => {
      await hand.open(page, 'Held');
      await hand.fill(page, page.getByRole('searchbox', { name: 'Filter messages' }), 'mallory');
      await hand.firstRow(page);
      await page.getByText(held).first().waitFor();
      await hand.press(page, page.getByRole('button', { name: 'Show as text' }));
      await page.getByText('What others show.').waitFor();
      await hand.tick(page, page.getByRole('checkbox', { name: /^ann@example\.net/ }));
      await hand.press(page, page.getByRole('button', { name: 'Release to 1 recipient' }));
      await told(page, `Released ${held} to bob@example.com`);
    },
  },
];
