import { describe, expect, it } from 'vitest';
import type { XclientIdentity } from '../../next-hop.ts';
import { toXtext, xclientCommand } from './xclient.ts';

const ALL = ['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'LOGIN', 'DESTADDR', 'DESTPORT'];
const CLIENT: XclientIdentity = {
  address: '192.0.2.7',
  hello: { verb: 'EHLO', name: 'client.example' },
};

function command(client: Partial<XclientIdentity> = {}, attributes = ALL, hadLogin = false) {
  return xclientCommand({ ...CLIENT, ...client }, { attributes, ehloName: 'proxy.example', hadLogin });
}

describe('the command', () => {
  it('names all that is known, in the attributes that the hop offers', () => {
    expect(command({ login: 'alice@example.com' })?.line).toBe(
      'XCLIENT ADDR=192.0.2.7 NAME=[UNAVAILABLE] PROTO=ESMTP HELO=client.example LOGIN=alice@example.com\r\n',
    );
    expect(command({ login: 'alice@example.com' }, ['ADDR', 'LOGIN'])?.line).toBe(
      'XCLIENT ADDR=192.0.2.7 LOGIN=alice@example.com\r\n',
    );
  });

  it('is none where the hop offers nothing that we know', () => {
    expect(command({}, [])).toBeUndefined();
    expect(command({}, ['DESTADDR'])).toBeUndefined();
  });

  it('marks an IPv6 address', () => {
    expect(command({ address: '2001:db8::1' }, ['ADDR'])?.line).toBe('XCLIENT ADDR=IPV6:2001:db8::1\r\n');
  });

  it('tells HELO from EHLO', () => {
    expect(command({ hello: { verb: 'HELO', name: 'c' } }, ['PROTO'])?.line).toBe('XCLIENT PROTO=SMTP\r\n');
  });

  it('has no login of a client that has not logged in, unless one must be unsaid', () => {
    expect(command({}, ['ADDR', 'LOGIN'])?.line).toBe('XCLIENT ADDR=192.0.2.7\r\n');
    expect(command({}, ['ADDR', 'LOGIN'], true)?.line).toBe('XCLIENT ADDR=192.0.2.7 LOGIN=[UNAVAILABLE]\r\n');
  });

  it('has one key for one client, whether a login had to be unsaid or not', () => {
    expect(command({}, ALL, true)?.key).toBe(command({}, ALL, false)?.key);
    expect(command({ login: 'alice' })?.key).not.toBe(command()?.key);
    expect(command({ address: '192.0.2.8' })?.key).not.toBe(command()?.key);
    expect(command({ hello: { verb: 'EHLO', name: 'other' } }, ['ADDR'])?.key).not.toBe(command({}, ['ADDR'])?.key);
  });

  it.each([
    ['a name that was not said', undefined, '[UNAVAILABLE]'],
    ['what could end an attribute or the line', 'a=b+c\r\nRSET', 'a+3Db+2Bc+0D+0ARSET'],
    ['180 octets', 'a'.repeat(180), 'a'.repeat(180)],
    ['181', 'a'.repeat(181), '[UNAVAILABLE]'],
    ['60 octets that are escaped', '='.repeat(60), '+3D'.repeat(60)],
    ['61', '='.repeat(61), '[UNAVAILABLE]'],
  ])('of HELO has %s', (_claim, name, value) => {
    const hello = name === undefined ? undefined : ({ verb: 'EHLO', name } as const);

    expect(command({ hello }, ['HELO'])?.line).toBe(`XCLIENT HELO=${value}\r\n`);
  });

  it('has a login in UTF-8 as xtext', () => {
    expect(command({ login: 'älice' }, ['LOGIN'])?.line).toBe('XCLIENT LOGIN=+C3+A4lice\r\n');
  });

  it('stays below 512 octets, whatever the client is', () => {
    const longest = command({
      address: '2001:0db8:0000:0000:0000:ffff:192.0.2.128',
      hello: { verb: 'EHLO', name: '='.repeat(60) },
      login: '='.repeat(60),
    });

    expect(longest?.line.length).toBeGreaterThan(430);
    expect(longest?.line.length).toBeLessThanOrEqual(512);
  });
});

describe('the name of EHLO after it', () => {
  it.each([
    ['client.example', 'client.example'],
    ['[192.0.2.7]', '[192.0.2.7]'],
    ['[IPv6:2001:db8::1]', '[IPv6:2001:db8::1]'],
    ['a_b-c', 'a_b-c'],
    ['a%b', 'proxy.example'],
    ['a b', 'proxy.example'],
    ['a\r\nRSET', 'proxy.example'],
  ])('of %j is %s', (name, ehloName) => {
    expect(command({ hello: { verb: 'EHLO', name } })?.ehloName).toBe(ehloName);
  });
});

it.each([
  ['!~', '!~'],
  [' ', '+20'],
  ['+=', '+2B+3D'],
  ['\0\x7f', '+00+7F'],
])('xtext of %j is %s', (text, xtext) => {
  expect(toXtext(text)).toBe(xtext);
});
