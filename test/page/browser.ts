/** A headless Chromium, Debian's, that looks at a page of the embedded run; and what every page must keep to. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Where it may be; `POSTERN_CHROMIUM` names another. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const executablePath = [process.env.POSTERN_CHROMIUM ?? '', ...PLACES].find(isProgram);

/** Whether there is one here; tests of pages are skipped without. */
export const hasBrowser = executablePath !== undefined;
if (!hasBrowser) console.warn('No chromium is here: pages are not looked at (apt-get install chromium)');

export async function launch(): Promise<Browser> {
  // As root, as CI runs, its sandbox does not start; nothing but our own page is opened.
  return chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
}

/** A page, and whatever it complained of. */
export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts, and words of the console: a breach of the Content-Security-Policy is one. */
  readonly complaints: string[];
}

/**
 * Opens a view by the printed address, in the context's tab. One that it has already is emptied first: a new one would
 * start processes, which takes as long as to look at the view.
 */
export async function openPage(context: BrowserContext, printed: string, hash: string): Promise<OpenPage> {
  const page = context.pages()[0] ?? (await context.newPage());
  page.removeAllListeners();
  await page.goto('about:blank');
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A request that is refused is told there too, and is what some tests are about.
    const isOfRequest = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isOfRequest) complaints.push(message.text());
  });
  await page.goto(`${printed}&to=${encodeURIComponent(hash)}`);
  await page.locator('main h1').first().waitFor();
  await settled(page);
  return { page, complaints };
}

/** Resolves when nothing is being read. */
export async function settled(page: Page): Promise<void> {
  await page.locator('.waiting').first().waitFor({ state: 'detached' });
  await page.waitForLoadState('networkidle');
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Those of its rules that ask for colours; the others find the same whatever the colours are. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** What axe-core finds wrong with a page, one line each. @param rules all by default */
export async function violations(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  // By the debugger, which the page's own policy does not bind.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const { violations: found } = await page.evaluate(
    (runOnly) =>
      (globalThis as unknown as { readonly axe: { run: (options: object) => Promise<AxeResult> } }).axe.run(
        runOnly === undefined ? {} : { runOnly },
      ),
    rules,
  );
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ html, failureSummary = '' }) =>
        `${id}: ${help}: ${html.slice(0, 160)} ${failureSummary.replaceAll('\n', ' ')}`,
    ),
  );
}

/** Pixels by which a page is wider than the screen, but for what scrolls by itself. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
