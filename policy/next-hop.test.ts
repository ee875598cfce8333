import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hopHostName, NEXT_HOP_TLS, nextHopName, parseNextHop } from './next-hop.ts';

const FORM = 'write ses or smtp://host:port?tls=offer|require|never';

describe('parseNextHop', () => {
  it.each([
    ['smtp://mail.example.com', { hosts: [{ host: 'mail.example.com', port: 25 }], tls: 'offer' }],
    ['smtp://mail.example.com/', { hosts: [{ host: 'mail.example.com', port: 25 }], tls: 'offer' }],
    ['smtp://MAIL.example.com:2526', { hosts: [{ host: 'mail.example.com', port: 2526 }], tls: 'offer' }],
    ['SMTP://mail.example.com', { hosts: [{ host: 'mail.example.com', port: 25 }], tls: 'offer' }],
    ['smtp://mail:1?tls=never', { hosts: [{ host: 'mail', port: 1 }], tls: 'never' }],
    ['smtp://mail:65535/?tls=require', { hosts: [{ host: 'mail', port: 65_535 }], tls: 'require' }],
    ['smtp://192.0.2.1:25?tls=offer', { hosts: [{ host: '192.0.2.1', port: 25 }], tls: 'offer' }],
    ['smtp://[2001:DB8::1]:25', { hosts: [{ host: '2001:db8::1', port: 25 }], tls: 'offer' }],
    ['smtp://[::1]', { hosts: [{ host: '::1', port: 25 }], tls: 'offer' }],
    ['smtp://mail?tls=REQUIRE', { hosts: [{ host: 'mail', port: 25 }], tls: 'require' }],
    ['smtp://Bücher.example:26', { hosts: [{ host: 'xn--bcher-kva.example', port: 26 }], tls: 'offer' }],
    ['smtp://xn--bcher-kva.example', { hosts: [{ host: 'xn--bcher-kva.example', port: 25 }], tls: 'offer' }],
    [
      'smtp://mail?tls=require&ca=/etc/postern/ca.pem',
      { hosts: [{ host: 'mail', port: 25 }], tls: 'require', ca: '/etc/postern/ca.pem' },
    ],
    [
      'smtp://mail?ehlo=Out.Example.com',
      { hosts: [{ host: 'mail', port: 25 }], tls: 'offer', ehlo: 'out.example.com' },
    ],
  ])('reads %s', (text, hop) => {
    expect(parseNextHop(text)).toStrictEqual({ ok: true, value: { kind: 'smtp', ...hop } });
  });

  it.each([
    ['smtp://a.internal,b.internal:25', ['a.internal:25', 'b.internal:25']],
    ['smtp://a.internal,b.internal:2525', ['a.internal:2525', 'b.internal:2525']],
    ['smtp://a:1,b:2,c', ['a:1', 'b:2', 'c:25']],
    ['smtp://a:1,b,c:3', ['a:1', 'b:3', 'c:3']],
    ['smtp://a:1,a:2?tls=never', ['a:1', 'a:2']],
    [
      'smtp://[2001:DB8::1],192.0.2.1,B\u00fccher.example:26',
      ['[2001:db8::1]:26', '192.0.2.1:26', 'xn--bcher-kva.example:26'],
    ],
    [
      `smtp://${Array.from({ length: 8 }, (_, index) => `h${index}`).join(',')}`,
      Array.from({ length: 8 }, (_, index) => `h${index}:25`),
    ],
  ])('reads the hosts of %s in their order', (text, hosts) => {
    const hop = parseNextHop(text);

    expect(hop.ok && hop.value.kind === 'smtp' && hop.value.hosts.map(hopHostName)).toEqual(hosts);
  });

  it.each([
    ['secret:postern/smart-host', { kind: 'secret', name: 'postern/smart-host' }],
    [
      'secret:arn:aws:secretsmanager:eu-west-1:111122223333:secret:hop-AbCdEf',
      { kind: 'secret', name: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:hop-AbCdEf' },
    ],
    ['file:/etc/postern/hop login.json', { kind: 'file', name: '/etc/postern/hop login.json' }],
  ])('reads the login %s', (auth, login) => {
    const hop = parseNextHop(`smtp://mail:587?tls=require&auth=${auth}`);

    expect(hop).toEqual({
      ok: true,
      value: { kind: 'smtp', hosts: [{ host: 'mail', port: 587 }], tls: 'require', auth: login },
    });
  });

  it.each([
    'secret:',
    'file:',
    'file:relative',
    'alice:hunter2',
    'hunter2',
    'hunter2secret:a',
    'secret:a b',
    'file:/a\n',
    '',
  ])('refuses the login %j without quoting it', (auth) => {
    expect(parseNextHop(`smtp://mail?tls=require&auth=${encodeURIComponent(auth)}`)).toEqual({
      ok: false,
      problem: 'a next hop names where its login is kept: write auth=secret:NAME-OR-ARN or auth=file:PATH',
    });
  });

  it.each(['ses', 'SES', ' Ses '])('reads %j as Amazon SES', (text) => {
    expect(parseNextHop(text)).toEqual({ ok: true, value: { kind: 'ses' } });
  });

  it.each([
    ['', `"" is not a next hop: ${FORM}`],
    ['mail.example.com', `"mail.example.com" is not a next hop: ${FORM}`],
    [' smtp://mail', `" smtp://mail" is not a next hop: ${FORM}`],
    ['smtp://mail:65536', `"smtp://mail:65536" is not a next hop: ${FORM}`],
    ['smtp://mail:x', `"smtp://mail:x" is not a next hop: ${FORM}`],
    ['mail.example.com:25', '"mail.example.com:25" is not a next hop: write smtp://mail.example.com:25'],
    ['localhost:2526?tls=never', '"localhost:2526?tls=never" is not a next hop: write smtp://localhost:2526?tls=never'],
    ['mail:2?tls=never', '"mail:2?tls=never" is not a next hop: write smtp://mail:2?tls=never'],
    ['mail:25?ca=//x', '"mail:25?ca=//x" is not a next hop: write smtp://mail:25?ca=//x'],
    // What is more than a host and a port would be no next hop with smtp:// before it either.
    ['mail:25/inbox', '"mail:25/inbox" has scheme mail: where smtp: is allowed'],
    ['mailto:postmaster', '"mailto:postmaster" has scheme mailto: where smtp: is allowed'],
    ['http://mail:25', '"http://mail:25" has scheme http: where smtp: is allowed'],
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
    ['smtp://a,,b', '"smtp://a,,b" has no host name or IP address'],
    ['smtp://a,', '"smtp://a," has no host name or IP address'],
    ['smtp://a,b:x', `"smtp://a,b:x" is not a next hop: ${FORM}`],
    ['smtp://a:x,b', `"smtp://a:x,b" is not a next hop: ${FORM}`],
    ['smtp://a:0,b', '"smtp://a:0,b" has port 0; 1 to 65535 are allowed'],
    ['smtp://a,b,A', '"smtp://a,b,A" names a twice'],
    ['smtp://a,a:25', '"smtp://a,a:25" names a twice'],
    ['smtp://a,b,c,d,e,f,g,h,i', '"smtp://a,b,c,d,e,f,g,h,i" names 9 hosts; up to 8 are allowed'],
    ['smtp://mail?ehlo=out..of', '"smtp://mail?ehlo=out..of" has ehlo=out..of where a host name is allowed'],
    ['smtp://mail?auth=secret:x', '"smtp://mail?auth=secret:x" names a login, which needs tls=require'],
    [
      'smtp://mail?tls=require&auth=secret:x&auth=secret:y',
      '"smtp://mail?tls=require&auth=secret:x&auth=secret:y" has parameter auth twice',
    ],
    ['smtp://mail?Tls=require', '"smtp://mail?Tls=require" has parameter Tls where tls, ca, auth and ehlo are allowed'],
    [
      'smtp://mail?tls=offer&x=1',
      '"smtp://mail?tls=offer&x=1" has parameter x where tls, ca, auth and ehlo are allowed',
    ],
    ['smtp://mail?tls=yes', '"smtp://mail?tls=yes" has tls=yes where offer, require, never are allowed'],
    ['smtp://mail?tls=', '"smtp://mail?tls=" has tls= where offer, require, never are allowed'],
    ['smtp://mail?tls=never&tls=require', '"smtp://mail?tls=never&tls=require" has parameter tls twice'],
    ['smtp://mail?tls=require&ca=a&ca=b', '"smtp://mail?tls=require&ca=a&ca=b" has parameter ca twice'],
    ['smtp://mail?ca=/ca.pem', '"smtp://mail?ca=/ca.pem" names a ca, which needs tls=require'],
    ['smtp://mail?tls=never&ca=/ca.pem', '"smtp://mail?tls=never&ca=/ca.pem" names a ca, which needs tls=require'],
  ])('refuses %j', (text, problem) => {
    expect(parseNextHop(text)).toEqual({ ok: false, problem });
  });

  it.each(['smtp://user:secret@mail', 'smtp://secret@mail', 'smtp://:secret@mail', 'smtp://user:sec,ret@mail'])(
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
    ['smtp://a,[::1]:26', 'smtp://a:26,[::1]:26?tls=offer'],
    ['smtp://mail?tls=require&auth=secret:a/b', 'smtp://mail:25?tls=require&auth=secret:a%2Fb'],
    ['smtp://mail?ehlo=out.example.com', 'smtp://mail:25?tls=offer&ehlo=out.example.com'],
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
    const port = fc.integer({ min: 1, max: 65_535 });
    const hosts = fc.uniqueArray(fc.tuple(host, port), {
      minLength: 1,
      maxLength: 8,
      selector: ([, number]) => number,
    });
    const auth = fc.constantFrom('', '&auth=secret:a/b', '&auth=file:/a%20b');
    await fc.assert(
      fc.property(hosts, tls, fc.string(), auth, (named, mode, ca, login) => {
        const query = mode === 'require' ? `${ca === '' ? '' : `&ca=${encodeURIComponent(ca)}`}${login}` : '';
        const authority = named.map(([name, number]) => `${name}:${number}`).join(',');
        const hop = parseNextHop(`smtp://${authority}?tls=${mode}${query}`);
        if (!hop.ok) throw new TypeError(hop.problem);

        expect(parseNextHop(nextHopName(hop.value))).toEqual(hop);
      }),
    );
  });
});
