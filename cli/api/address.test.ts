import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { apiAddress, isLoopback } from './address.ts';

function homeWith(runFile: string | undefined): string {
  const home = mkdtempSync(join(tmpdir(), 'postern-cli-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  if (runFile !== undefined) writeFileSync(join(home, 'run.json'), runFile);
  return home;
}

const folder = tmpdir();
const RUN = JSON.stringify({ pid: 1, parts: { admin: { pid: 2, port: 4711, url: 'http://127.0.0.1:4711' } } });

describe('the address of the API', () => {
  it('is that of --api before POSTERN_API, and POSTERN_API before the embedded run', () => {
    const environment = { POSTERN_API: 'https://variable.example.com', POSTERN_HOME: homeWith(RUN) };

    expect(apiAddress('https://option.example.com/prod', { environment, folder }).href).toBe(
      'https://option.example.com/prod',
    );
    expect(apiAddress(undefined, { environment, folder }).href).toBe('https://variable.example.com/');
    expect(apiAddress(undefined, { environment: { ...environment, POSTERN_API: '' }, folder }).href).toBe(
      'http://127.0.0.1:4711/',
    );
  });

  it('is that of a home that is named from where the user stands', () => {
    const home = homeWith(RUN);
    const place = { environment: { POSTERN_HOME: basename(home) }, folder: dirname(home) };

    expect(apiAddress(undefined, place).href).toBe('http://127.0.0.1:4711/');
  });

  it('is the default one when no embedded run is ready', () => {
    expect(apiAddress(undefined, { environment: { POSTERN_HOME: homeWith(undefined) }, folder }).href).toBe(
      'http://127.0.0.1:8080/',
    );
  });

  it.each(['api.example.com', 'ftp://api.example.com', 'https://me:secret@api.example.com', 'https://a.example/?x=1'])(
    '%s is none',
    (text) => {
      expect(() => apiAddress(text, { environment: {}, folder })).toThrow('where a URL is expected');
    },
  );

  it('is never another machine in the clear', () => {
    expect(() => apiAddress('http://api.example.com', { environment: {}, folder })).toThrow('write https://');
  });

  it('is not guessed from a broken run.json', () => {
    expect(() => apiAddress(undefined, { environment: { POSTERN_HOME: homeWith('{"parts":') }, folder })).toThrow(
      /^Cannot read .*run\.json: /,
    );
  });
});

it.each([
  ['http://127.0.0.1:8080', true],
  ['http://localhost:8080', true],
  ['http://[::1]:8080', true],
  ['https://127.0.0.1.example.com', false],
  ['https://a.execute-api.eu-west-1.amazonaws.com', false],
])('%s is on this machine: %s', (url, is) => {
  expect(isLoopback(new URL(url))).toBe(is);
});
