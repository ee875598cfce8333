/**
 * The page for people as files of an HTTP server on this machine, and the token by which a request shows that it comes from
 * it. The embedded run and the command line serve it by this one code.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';

const ROOM = join(import.meta.dirname, '..');

/** Header by which the page sends its token; `client/api.ts` names it too. */
export const TOKEN_HEADER = 'x-postern-token';

/** What the page's own server knows, which the token opens. */
export const ABOUT_PATH = '/page/about.json';

/** 256 bits, for an address that is printed once. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The address to open. The token stands after `#`, which no browser sends, and the page takes it out of the address. */
export function pageAddress(url: string, token: string): string {
  return `${url.replace(/\/$/, '')}/#token=${token}`;
}

export function isToken(given: string | string[] | undefined, token: string): boolean {
  const [a, b] = [Buffer.from(typeof given === 'string' ? given : ''), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** No script or style but the files of this origin; nothing is framed, fetched or sent elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Postern</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/page.css">
<script type="module" src="/page/page.js"></script>
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript. The command line does all that it does: npx postern --help</noscript>
</body>
</html>
`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#0b57b8" d="M2 15V7a6 6 0 0 1 12 0v8h-3V7a3 3 0 0 0-6 0v8z"/></svg>
`;

/** The one recipe by which the page is bundled. */
export const PAGE_BUNDLE_OPTIONS = {
  entryPoints: [join(ROOM, 'main.tsx')],
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'silent',
} satisfies BuildOptions;

export interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

type Source = () => string | Uint8Array | Promise<string | Uint8Array>;

const FILES: Readonly<Record<string, readonly [type: string, source: Source]>> = {
  '/': ['text/html; charset=utf-8', () => HTML],
  '/page/page.js': ['text/javascript; charset=utf-8', script],
  '/page/page.css': ['text/css; charset=utf-8', styles],
  '/page/icon.svg': ['image/svg+xml', () => ICON],
};

/** The file at a path; `undefined` where the page has none. */
export async function pageFile(path: string): Promise<PageFile | undefined> {
  const [type, source] = Object.hasOwn(FILES, path) ? (FILES[path] ?? []) : [];
  if (type === undefined || source === undefined) return undefined;
  return { headers: { ...HEADERS, 'content-type': type }, body: await source() };
}

let bundled: Promise<Uint8Array> | undefined;

/** Bundled when it is first asked for, so that no start waits for it. */
function script(): Promise<Uint8Array> {
  bundled ??= bundle();
  // One that failed is tried again.
  bundled.catch(() => {
    bundled = undefined;
  });
  return bundled;
}

async function bundle(): Promise<Uint8Array> {
  const esbuild = await import('esbuild');
  try {
    const { outputFiles } = await esbuild.build(PAGE_BUNDLE_OPTIONS);
    return outputFiles[0]?.contents ?? new Uint8Array();
  } finally {
    // Its service process would stay as long as ours.
    await esbuild.stop();
  }
}

async function styles(): Promise<string> {
  const plot = createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css');
  return (await Promise.all([plot, join(ROOM, 'page.css')].map((file) => readFile(file, 'utf8')))).join('\n');
}
