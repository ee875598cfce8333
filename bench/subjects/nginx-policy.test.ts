import { expect, it } from 'vitest';
import { LOGIN } from '../identity.ts';
import { decide } from './nginx-policy.ts';

const TARGET = { host: '127.0.0.1', port: 2526 };

function request(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n${lines.join('')}\r\n`;
}

it.each([
  ['a recipient in the domain', { 'Auth-Method': 'none', 'Auth-SMTP-To': 'RCPT TO:<bob@bench.example>' }, 'OK'],
  ['one in a listed subdomain', { 'Auth-Method': 'none', 'Auth-SMTP-To': 'RCPT TO:<bob@d7.bench.example>' }, 'OK'],
  ['one elsewhere', { 'Auth-Method': 'none', 'Auth-SMTP-To': 'RCPT TO:<bob@example.org>' }, 'Relay access denied'],
  [
    'the right password',
    { 'Auth-Method': 'plain', 'Auth-User': LOGIN.username, 'Auth-Pass': encodeURIComponent(LOGIN.password) },
    'OK',
  ],
  ['a wrong one', { 'Auth-Method': 'plain', 'Auth-User': LOGIN.username, 'Auth-Pass': 'x' }, 'Authentication failed'],
])('answers %s', (_case, fields, status) => {
  const response = decide(request(fields), TARGET);

  expect(response).toContain(`\r\nAuth-Status: ${status}\r\n`);
  expect(response.includes('Auth-Port: 2526')).toBe(status === 'OK');
});
