import { describe, expect, it } from 'vitest';
import { issuerSchema, maySendFor } from './issuer.ts';

const ISSUER = { issuer: 'https://login.example', audience: 'postern' };

describe('issuerSchema', () => {
  it.each([
    'https://login.example',
    'https://login.example:8443/realms/mail/',
    // On the machine itself no one stands between.
    'http://localhost:8080',
    'http://127.0.0.1:8080/keys',
    'http://127.9.9.9',
    'http://[::1]:8080',
    'HTTP://LOCALHOST',
  ])('trusts %s', (url) => {
    expect(issuerSchema.parse({ ...ISSUER, issuer: url, jwksUri: url })).toMatchObject({ issuer: url, jwksUri: url });
  });

  it.each([
    'http://login.example',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'ftp://localhost',
    'login.example',
    '',
  ])('does not trust %j', (url) => {
    for (const attribute of ['issuer', 'jwksUri']) {
      const [issue, ...more] = issuerSchema.safeParse({ ...ISSUER, [attribute]: url }).error?.issues ?? [];
      expect(issue).toMatchObject({ path: [attribute], message: `"${url}" is not a URL that begins with https://` });
      expect(more).toEqual([]);
    }
  });

  it.each(['https://user:secret@login.example', 'https://user@login.example', 'http://:secret@127.0.0.1'])(
    'takes no %s, and does not quote it',
    (issuer) => {
      expect(issuerSchema.safeParse({ ...ISSUER, issuer }).error?.issues).toMatchObject([
        { path: ['issuer'], message: 'is a URL with a user or a password in it' },
      ]);
    },
  );

  it.each([
    'https://127.0.0.1:8443',
    'https://localhost/keys',
    'https://[::1]/keys',
    'https://169.254.169.254/latest',
    'https://10.1.2.3/keys',
    'https://[fd00:ec2::254]/',
    'https://0x7f000001/',
  ])('takes no %s, which is in no public network', (url) => {
    for (const attribute of ['issuer', 'jwksUri']) {
      expect(issuerSchema.safeParse({ ...ISSUER, [attribute]: url }).error?.issues).toMatchObject([
        { path: [attribute], message: `"${url}" leads into the machine or its network, where nothing is fetched` },
      ]);
    }
  });

  it('takes keys on the machine itself for an issuer there alone', () => {
    const jwksUri = 'http://127.0.0.1:9001/keys';
    expect(issuerSchema.safeParse({ ...ISSUER, issuer: 'http://localhost', jwksUri }).success).toBe(true);
    expect(issuerSchema.safeParse({ ...ISSUER, jwksUri }).error?.issues).toMatchObject([
      {
        path: ['jwksUri'],
        message: `"${jwksUri}" leads to the machine itself, which only an issuer on the machine itself may do`,
      },
    ]);
  });

  it('keeps the issuer letter by letter, without the blanks round it', () => {
    expect(issuerSchema.parse({ ...ISSUER, issuer: ' https://Login.Example/Realm/ ' }).issuer).toBe(
      'https://Login.Example/Realm/',
    );
  });

  it.each([0, 600, ' 30 '])('takes a skew of %j s', (skewSeconds) => {
    expect(issuerSchema.parse({ ...ISSUER, skewSeconds }).skewSeconds).toBe(Number(skewSeconds));
  });
});

describe('maySendFor', () => {
  it.each([
    // Google has its keys on another host than its name.
    ['https://accounts.example', 'https://keys.example/certs', true],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/keys', true],
    ['http://127.0.0.1:8080', 'https://keys.example', true],
    ['https://accounts.example', 'http://127.0.0.1:9001/keys', false],
    ['https://accounts.example', 'http://[::1]/keys', false],
    ['https://accounts.example', 'https://127.0.0.1:8443/keys', false],
    ['https://accounts.example', 'https://localhost/keys', false],
    ['https://accounts.example', 'https://169.254.169.254/', false],
    ['https://accounts.example', 'http://keys.example', false],
    ['https://accounts.example', 'https://user:secret@keys.example', false],
    ['https://accounts.example', 'file:///etc/passwd', false],
    ['https://accounts.example', '/keys', false],
  ])('of %s lets keys be fetched from %s: %s', (issuer, jwksUri, may) => {
    expect(maySendFor(issuer, jwksUri)).toBe(may);
  });
});
