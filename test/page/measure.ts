/**
 * Says how long the page takes to list 10,000 sessions and 10,000 domains, and to draw a week of charts, from the moment
 * that the data are there. Usage: node test/page/measure.ts
 */
import { performance } from 'node:perf_hooks';
import type { Page, Route } from 'playwright-core';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { hasBrowser, launch, openPage } from './browser.ts';

const ENTRIES = 10_000;
const PAGE = 1000;
const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;

function session(index: number): object {
  const at = new Date(Date.now() - index * 8000).toISOString();
  const client = {
    address: `203.0.113.${index % 256}`,
    port: 25_000,
    helo: `mx${index}.example`,
    tls: index % 2 === 0,
  };
  const outcome = index % 3 === 0 ? { refused: 1, refusals: 2 } : { accepted: 1 };
  return {
    type: 'session',
    id: `s${index}`,
    session: `s${index}`,
    at,
    server: 'inbound',
    client,
    ending: 'QUIT',
    transactions: 1,
    outcome,
    durationMs: 120,
    commands: [],
  };
}

function domain(index: number): object {
  return {
    domain: `d${index}.example`,
    given: { note: `number ${index}` },
    nextHop: 'smtp://127.0.0.1',
    from: 'settings',
  };
}

/** A week, each hour busy. */
function hours(): readonly object[] {
  const first = Math.floor(Date.now() / HOUR_MS) - WEEK_HOURS;
  return Array.from({ length: WEEK_HOURS }, (_, index) => ({
    at: new Date((first + index) * HOUR_MS).toISOString(),
    messages: {
      accepted: 900 + index,
      refused: index % 24,
      deferred: index % 5,
      abandoned: 0,
      held: index % 3,
      discarded: 0,
    },
    octets: 1_000_000,
    sessions: 1000,
    logins: { permit: 200, reject: index % 7, defer: 0 },
    refusals: 300 + (index % 24) * 10,
    rules: { 'relay-domains': 300 },
  }));
}

/** When the last part of the data went out, by this process's clock. */
let lastMs = 0;

/** Answers a list in pages as the API does, of things that were made before. */
function listed(name: string, things: readonly object[]) {
  return async (route: Route): Promise<void> => {
    const first = Number(new URL(route.request().url()).searchParams.get('next') ?? 0);
    const next = first + PAGE < things.length ? { next: `${first + PAGE}` } : {};
    await route.fulfill({ json: { [name]: things.slice(first, first + PAGE), ...next } });
    lastMs = performance.now();
  };
}

async function shownAfter(page: Page, text: string): Promise<string> {
  await page.getByText(text).first().waitFor();
  return `${Math.max(0, performance.now() - lastMs).toFixed(0)} ms after the last of its data`;
}

async function main(): Promise<number> {
  if (!hasBrowser) return 1;
  const [run, browser] = await Promise.all([EmbeddedRun.start(), launch()]);
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const many = (make: (index: number) => object): readonly object[] =>
      Array.from({ length: ENTRIES }, (_, index) => make(index));
    await context.route('**/events?type=session*', listed('events', many(session)));
    await context.route('**/counts?*', listed('counts', hours()));
    await context.route('**/domains?*', listed('domains', many(domain)));
    const { page } = await openPage(context, run.pageUrl, '/users');
    for (const [what, hash, text] of [
      ['10,000 sessions', '#/sessions?span=7d', '10,000 sessions'],
      ['10,000 domains', '#/policy/inbound/domains', '10,000 domains'],
      ['a week of charts', '#/overview?span=7d', 'accepted 165,'],
    ] as const) {
      await page.evaluate((next) => {
        location.hash = next;
      }, hash);
      console.log(`${what}: ${await shownAfter(page, text)}`);
    }
    const startMs = performance.now();
    await page.evaluate(() => {
      location.hash = '#/policy/inbound/domains?q=d9999';
    });
    await page.getByText('1 domain of 10,000').first().waitFor();
    console.log(
      `10,000 domains read once more, and one found among them: ${(performance.now() - startMs).toFixed(0)} ms`,
    );
  } finally {
    await browser.close();
    await run.stop();
  }
  return 0;
}

process.exit(await main());
