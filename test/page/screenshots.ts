/**
 * Makes the pictures of docs/page.md and the README from an embedded run. Usage: node test/page/screenshots.ts [FOLDER]
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { hasBrowser, launch, openPage } from './browser.ts';
import { playSessions } from './recorded-sessions.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

interface Picture {
  readonly name: string;
  readonly view: string;
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
}

function pictures(held: string): readonly Picture[] {
  const wide = { width: 1200, height: 760, scheme: 'light' } as const;
  return [
    { ...wide, name: 'overview', view: '/overview' },
    { ...wide, name: 'session', view: `/session/${held}`, height: 620 },
    { ...wide, name: 'held', view: `/held/inbound/${held}`, scheme: 'dark' },
    { name: 'policy-narrow', view: '/policy/inbound/commands', width: 360, height: 640, scheme: 'dark' },
  ];
}

async function main(folder = join(ROOT, 'docs', 'page')): Promise<number> {
  if (!hasBrowser) return 1;
  mkdirSync(folder, { recursive: true });
  const [run, browser] = await Promise.all([EmbeddedRun.start(), launch()]);
  try {
    const held = await playSessions(run);
    for (const { name, view, width, height, scheme } of pictures(held)) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
      const { page } = await openPage(context, run.pageUrl, view);
      await page.screenshot({ path: join(folder, `${name}.png`) });
      await context.close();
    }
  } finally {
    await browser.close();
    await run.stop();
  }
  return 0;
}

process.exit(await main(process.argv[2]));
