import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEXT_HOP_TLS, nextHopName, parseNextHop } from './next-hop.ts';

const FORM = 'write ses or smtp://host:port?tls=offer|require|never';

describe('parseNextHop', () => {
  it.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 25, tls: 'offer' }],
    ['smtp://mail.example.com/', { host: 'mail.example.com', port: 25, tls: 'offer' }],
    ['smtp://MAIL.example.com:2526', { host: 'mail.example.com', port: 2526, tls: 'offer' }],
    ['SMTP://mail.example.com', { host: 'mail.example.com', port: 25, tls: 'offer' }],
    ['smtp://mail:1?tls=never', { host: 'mail', port: 1, tls: 'never' }],
    ['smtp://mail:65535/?tls=require', { host: 'mail', port: 65_535, tls: 'require' }],
    ['smtp://192.0.2.1:25?tls=offer', { host: '192.0.2.1', port: 25, tls: 'offer' }],
    ['smtp://[2001:DB8::1]:25', { host: '2001:db8::1', port: 25, tls: 'offer' }],
    ['smtp://[::1]', { host: '::1', port: 25, tls: 'offer' }],
    ['smtp://mail?tls=REQUIRE', { host: 'mail', port: 25, tls: 'require' }],
    ['smtp://Bücher.example:26', { host: 'xn--bcher-kva.example', port: 26, tls: 'offer' }],
    ['smtp://xn--bcher-kva.example', { host: 'xn--bcher-kva.example', port: 25, tls: 'offer' }],
    [
      'smtp://mail?tls=require&ca=/etc/postern/ca.pem',
      { host: 'mail', port: 25, tls: 'require', ca: '/etc/postern/ca.pem' },
    ],
  ])('reads %s', (text, hop) => {
    expect(parseNextHop(text)).toEqual({ ok: true, value: { kind: 'smtp', ...hop } });
  });

  it.each(['ses', 'SES', ' Ses '])('reads %j as Amazon SES', (text) => {
    expect(parseNextHop(text)).toEqual({ ok: true, value: { kind: 'ses' } });
  });

  it.each([
    ['', `"" is not a next hop: ${FORM}`],
    ['mail.example.com', `"mail.example.com" is not a next hop: ${FORM}`],
    ['smtp://mail:65536', `"smtp://mail:65536" is not a next hop: ${FORM}`],
    ['smtp://mail:x', `"smtp://mail:x" is not a next hop: ${FORM}`],
    ['http://mail', '"http://mail" has scheme http: where smtp: is allowed'],
    ['smtps://mail', '"smtps://mail" has scheme smtps: where smtp: is allowed'],
    ['smtp://mail/inbox', `"smtp://mail/inbox" holds more than host, port and tls: ${FORM}`],
    ['smtp://mail//', `"smtp://mail//" holds more than host, port and tls: ${FORM}`],
    ['smtp:mail', `"smtp:mail" holds more than host, port and tls: ${FORM}`],
    ['smtp://mail#x', `"smtp://mail#x" holds more than host, port and tls: ${FORM}`],
    ['smtp://', '"smtp://" has no host name or IP address'],
    ['smtp:///', '"smtp:///" has no host name or IP address'],
    ['smtp://mail_1', '"smtp://mail_1" has no host name or IP address'],
    ['smtp://-mail', '"smtp://-mail" has no host name or IP address'],
    ['smtp://mail%20:25', '"smtp://mail%20:25" has no host name or IP address'],
    ['smtp://mail%ff', '"smtp://mail%ff" has no host name or IP address'],
    ['smtp://a%2eb%2f', '"smtp://a%2eb%2f" has no host name or IP address'],
    ['smtp://mail:0', '"smtp://mail:0" has port 0; 1 to 65535 are allowed'],
    ['smtp://mail?Tls=require', '"smtp://mail?Tls=require" has parameter Tls where tls and ca are allowed'],
    ['smtp://mail?tls=offer&x=1', '"smtp://mail?tls=offer&x=1" has parameter x where tls and ca are allowed'],
    ['smtp://mail?tls=yes', '"smtp://mail?tls=yes" has tls=yes where offer, require, never are allowed'],
    ['smtp://mail?tls=', '"smtp://mail?tls=" has tls= where offer, require, never are allowed'],
    ['smtp://mail?tls=never&tls=require', '"smtp://mail?tls=never&tls=require" has parameter tls twice'],
    ['smtp://mail?tls=require&ca=a&ca=b', '"smtp://mail?tls=require&ca=a&ca=b" has parameter ca twice'],
    ['smtp://mail?ca=/ca.pem', '"smtp://mail?ca=/ca.pem" names a ca, which needs tls=require'],
    ['smtp://mail?tls=never&ca=/ca.pem', '"smtp://mail?tls=never&ca=/ca.pem" names a ca, which needs tls=require'],
  ])('refuses %j', (text, problem) => {
    expect(parseNextHop(text)).toEqual({ ok: false, problem });
  });

  it.each(['smtp://user:secret@mail', 'smtp://secret@mail', 'smtp://:secret@mail'])(
    'refuses the credentials in %s without quoting them',
    (text) => {
      expect(parseNextHop(text)).toEqual({ ok: false, problem: `a next hop holds no user and password: ${FORM}` });
    },
  );
});

describe('nextHopName', () => {
  it.each([
    ['smtp://mail.example.com', 'smtp://mail.example.com:25?tls=offer'],
    ['smtp://[::1]:26?tls=never', 'smtp://[::1]:26?tls=never'],
    ['smtp://mail?tls=require&ca=/a%26b', 'smtp://mail:25?tls=require&ca=%2Fa%26b'],
  ])('names %s as %s', (text, name) => {
    const hop = parseNextHop(text);

    expect(hop.ok && nextHopName(hop.value)).toBe(name);
  });

  it('is read back as the same hop', async () => {
    const host = fc.oneof(
      fc.constantFrom('mail', 'Mail.Example.com'),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    );
    const tls = fc.constantFrom(...NEXT_HOP_TLS);
    await fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), tls, fc.string(), (name, port, mode, ca) => {
        const query = mode === 'require' && ca !== '' ? `&ca=${encodeURIComponent(ca)}` : '';
        const hop = parseNextHop(`smtp://${name}:${port}?tls=${mode}${query}`);
        if (!hop.ok) throw new TypeError(hop.problem);

        expect(parseNextHop(nextHopName(hop.value))).toEqual(hop);
      }),
    );
  });
});
