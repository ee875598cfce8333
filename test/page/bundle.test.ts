/** What a browser fetches of the page: its size, and that it asks no one else. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { pageFile } from '../../web/serve/page.ts';

/** Octets of all files together, gzipped. */
const MOST_OCTETS = 120_000;
const FILES = ['/', '/page/page.js', '/page/page.css', '/page/icon.svg'];

it('all of it has less than 120 KB gzipped, and names no other host', async () => {
  const bodies = await Promise.all(FILES.map(async (path) => Buffer.from((await pageFile(path))?.body ?? '')));

  expect(bodies.every(({ length }) => length > 0)).toBe(true);
  expect(bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)).toBeLessThan(MOST_OCTETS);
  const hosts = bodies.flatMap((body) => body.toString().match(/https?:\/\/[a-z0-9.-]+/g) ?? []);
  // Names of XML, which no one fetches.
  expect(hosts.filter((host) => host !== 'http://www.w3.org')).toEqual([]);
});
