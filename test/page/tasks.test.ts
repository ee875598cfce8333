/** The operator's ten commonest tasks, done by clicks alone and by keys alone, against an embedded run. */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { hasBrowser, launch, openPage } from './browser.ts';
import { playSessions } from './recorded-sessions.ts';
import { type Hand, KEYS, MOUSE, TASKS } from './tasks.ts';

const TEST_MS = 120_000;

let browser: Browser | undefined;

beforeAll(async () => {
  if (hasBrowser) browser = await launch();
});

afterAll(() => browser?.close());

describe.skipIf(!hasBrowser).each<Hand>([MOUSE, KEYS])('by $name an operator', (hand) => {
  let run: EmbeddedRun;
  let context: BrowserContext;
  let held: string;

  beforeAll(async () => {
    run = await EmbeddedRun.start();
    context = await (browser as Browser).newContext({ viewport: { width: 1280, height: 900 } });
    held = await playSessions(run);
  }, TEST_MS);

  afterAll(async () => {
    await context?.close();
    await run?.stop();
  });

  it.each(TASKS)(
    '$name',
    async ({ run: perform }) => {
      const { page, complaints } = await openPage(context, run.pageUrl, '/overview');

      await perform(page, hand, held);

      expect(complaints).toEqual([]);
    },
    TEST_MS,
  );
});
