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

function traffic(index: number): object {
  const at = new Date(Date.now() - index * 60_000).toISOString();
  const shared = { id: `t${index}`, at, server: 'inbound', client: { address: `198.51.100.${index % 200}` } };
  if (index % 4 === 0) return { ...shared, type: 'refusal', rule: `command#${index % 7}`, verb: 'VRFY', reply: '502' };
  if (index % 4 === 1) return { ...shared, type: 'login', verdict: index % 8 === 1 ? 'reject' : 'permit' };
  return {
    ...shared,
    type: 'transaction',
    verdict: index % 10 === 2 ? 'refused' : 'accepted',
    recipients: [{ address: `u${index % 50}@example.com` }],
  };
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
    await context.route('**/events?*transaction*', listed('events', many(traffic)));
    await context.route('**/domains?*', listed('domains', many(domain)));
    const { page } = await openPage(context, run.pageUrl, '/users');
    for (const [what, hash, text] of [
      ['10,000 sessions', '#/sessions?span=7d', '10,000 sessions'],
      ['10,000 domains', '#/policy/inbound/domains', '10,000 domains'],
      ['a week of charts', '#/overview?span=7d', 'accepted 4,'],
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
