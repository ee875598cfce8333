/** Links of the documents, and files that they name: each leads somewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { documents, ROOT } from './documents.ts';

const DOCUMENTS = [...documents(), 'test/dialogues/README.md'];
const INDEX = 'docs/README.md';

interface Link {
  readonly from: string;
  /** The file, from the root. */
  readonly to: string;
  /** A heading of it; empty without. */
  readonly heading: string;
}

/** Without blocks of code, where brackets are no links. */
function proseOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8').replace(/^```.*?^```$/gms, '');
}

function linksOf(document: string): readonly Link[] {
  const targets = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target): Link => {
      const [path = '', heading = ''] = target.split('#');
      return { from: document, to: path === '' ? document : join(dirname(document), path), heading };
    });
}

/** The names under which GitHub shows the headings of a document. */
function headingsOf(document: string): readonly string[] {
  return [...proseOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const LINKS = DOCUMENTS.flatMap(linksOf);

it('are many', () => {
  expect(LINKS.length).toBeGreaterThan(100);
});

it.each(LINKS)('$from links to $to $heading', ({ to, heading }) => {
  expect(existsSync(join(ROOT, to)), to).toBe(true);
  if (heading !== '') expect(headingsOf(to)).toContain(heading);
});

it('the index names every document', () => {
  const named = linksOf(INDEX).map(({ to }) => to);

  expect(documents().filter((document) => document !== INDEX && !named.includes(document))).toEqual([]);
});

it.each(DOCUMENTS)('%s names files that there are', (document) => {
  const named = [...proseOf(document).matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|mjs|md|json))`/g)];
  const places = named.map(([, path = '']) => path).filter((path) => existsSync(join(ROOT, path.split('/')[0] ?? '')));

  expect(places.filter((path) => !existsSync(join(ROOT, path))).map((path) => relative('.', path))).toEqual([]);
});
