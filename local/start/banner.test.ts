import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { banner, writeSamples } from './banner.ts';
import type { RunFile } from './run-file.ts';

const RUN: RunFile = {
  pid: 1,
  parts: {
    dynamodb: { pid: 2, port: 8000, url: 'http://127.0.0.1:8000' },
    lambda: { pid: 3, port: 9001, url: 'http://127.0.0.1:9001' },
    ses: { pid: 7, port: 8005, url: 'http://127.0.0.1:8005' },
    s3: { pid: 12, port: 9000, url: 'http://127.0.0.1:9000' },
    admin: { pid: 8, port: 8080, url: 'http://127.0.0.1:8080', page: 'http://127.0.0.1:8080/#token=key' },
    mta: { pid: 4, port: 2526, url: 'smtp://127.0.0.1:2526' },
    submission: {
      pid: 5,
      healthPort: 1,
      listeners: [
        { port: 2587, mode: 'starttls' },
        { port: 2465, mode: 'tls' },
      ],
    },
    inbound: { pid: 6, healthPort: 2, listeners: [{ port: 2525, mode: 'starttls' }] },
    policyStream: { pid: 9 },
  },
};

it('prints commands that a shell takes as they are, whatever the password', () => {
  const home = temporaryDirectory();
  const password = 'it\'s $HOME "x"';

  const text = banner({ home, run: RUN, password, passwordSource: 'POSTERN_DEMO_PASSWORD' });

  const command = text.split('\n').find((line) => line.includes('curl') && line.includes('--user')) ?? '';
  const words = execFileSync('sh', ['-c', command.replace(/^ *curl/, "printf '%s\\n'")], { encoding: 'utf8' });
  expect(words.split('\n')).toEqual(
    expect.arrayContaining([`alice@example.com:${password}`, join(home, 'sample.eml')]),
  );
});

it('prints the address of the page, with its key', () => {
  const text = banner({ home: '/h', run: RUN, password: 'p', passwordSource: '/h/demo-password' });

  expect(text).toMatch(/^ +Page +http:\/\/127\.0\.0\.1:8080\/#token=key$/m);
});

it('sends files as editors write them', () => {
  const text = banner({ home: '/h', run: RUN, password: 'p', passwordSource: '/h/demo-password' });

  for (const line of text.split('\n').filter((each) => /^ *curl /.test(each))) expect(line).toContain(' --crlf ');
});

it('says where mail goes when the MTA is another', () => {
  const run = { ...RUN, parts: { ...RUN.parts, mta: { url: 'smtp://mail.example.com' } } };

  const text = banner({ home: '/h', run, password: 'p', passwordSource: '/h/demo-password' });

  expect(text).toContain(
    'example.net goes on to smtp://mail.example.com (POSTERN_MTA_URL), other mail (SES) in /h/mail/ses',
  );
});

it('has a message to send that is valid, line by line', () => {
  const home = temporaryDirectory();
  writeSamples(home);
  const message = readFileSync(join(home, 'sample.eml'), 'latin1');

  // As editors write one; curl --crlf of a file that has CR LF already would make CR CR LF.
  expect(message).not.toContain('\r');
  expect(message).toMatch(/^From: .*\nTo: [\s\S]*\n\n/);
});
