/** What of a login through the screen no hop hears: lines that are too long, no base64, or not what they should be. */
import { describe, expect, it } from 'vitest';
import { everyWay } from '../../test/support/every-way.ts';
import { testPolicy } from '../../test/support/policy.ts';
import {
  BAD_BASE64,
  base64,
  challenge,
  DEFERRED,
  DIGEST,
  OK,
  play,
  REFUSED,
  RELAYED,
  relayOptions,
  type Scene,
} from '../../test/support/relayed-login.ts';

describe('what the hop never hears', () => {
  it.each([
    [
      'a mechanism that it does not offer',
      'AUTH OAUTHBEARER\r\n',
      '504 5.5.4 Authentication mechanism not offered\r\n',
    ],
    ['an initial response that is no base64', 'AUTH PLAIN !!!!\r\n', BAD_BASE64],
    ['one of a mechanism whose messages are not read', 'AUTH SRP !!!!\r\n', BAD_BASE64],
    ['one that is not canonical', 'AUTH PLAIN YR==\r\n', BAD_BASE64],
    ['one behind which something stands', 'AUTH PLAIN YQ== YQ==\r\n', '501 5.5.4 Syntax error in arguments\r\n'],
    ['one where the server speaks first', `AUTH CRAM-MD5 ${base64(`a ${DIGEST}`)}\r\n`, BAD_BASE64],
    ['one that its mechanism does not have', `AUTH PLAIN ${base64('alice')}\r\n`, BAD_BASE64],
    ['an authorization identity that is not the user', `AUTH PLAIN ${base64('bob\0alice\0pw')}\r\n`, REFUSED],
    ['one of SCRAM', `AUTH SCRAM-SHA-256 ${base64('n,a=bob,n=alice,r=a')}\r\n`, REFUSED],
  ])('%s', (_claim, command, reply) => {
    const driver = play({}, command);

    expect(driver.replies.at(-1)).toBe(reply);
    expect(driver.hop.lines).toEqual([]);
  });

  it('AUTH after HELO, where nothing was offered', () => {
    const driver = everyWay(relayOptions(), 'HELO c\r\nAUTH PLAIN\r\n');

    expect(driver.replies.at(-1)).toBe('503 5.5.1 Send EHLO first\r\n');
  });

  it('a mechanism that hides who logs in, where policy refuses unknown identities', () => {
    const driver = play({ settings: { unknownIdentity: 'refuse' } }, 'AUTH SRP\r\n');

    expect(driver.replies.at(-1)).toMatch(/^504/);
    expect(driver.hop.lines).toEqual([]);
  });

  it.each([
    ['that is no base64', '!!!!', BAD_BASE64],
    ['that its mechanism does not have', base64('alice'), BAD_BASE64],
    ['that would act for another', base64('bob\0alice\0pw'), REFUSED],
    ['that cancels', '*', '501 5.7.0 Authentication cancelled\r\n'],
  ])('a response %s: it is told that the login is given up', (_claim, response, reply) => {
    const driver = play({ script: [challenge('')] }, `AUTH PLAIN\r\n${response}\r\nNOOP\r\n`);

    expect(driver.replies.slice(-2)).toEqual([reply, OK]);
    expect(driver.hop.lines).toEqual(['AUTH PLAIN', 'CANCEL']);
  });
});

// Octets with CR LF, in the command and in each line of the exchange.
describe('the limit of AUTH', () => {
  const scene: Scene = { script: [challenge('')], mechanisms: ['SRP'] };
  const LIMIT = 12_288;
  /** Base64 needs a multiple of four octets. */
  const settled = (octets: number) => 'AAAA'.repeat(octets / 4);

  it('lets an initial response pass that is exactly at it', () => {
    // "AUTH SRP " and CR LF are 11 octets.
    const policy = testPolicy(RELAYED, [{ item: 'command#AUTH', maxOctets: 12_284 + 11 }]);

    const at = everyWay({ ...relayOptions(scene), policy }, `EHLO c\r\nAUTH SRP ${settled(12_284)}\r\n`);
    const over = everyWay({ ...relayOptions(scene), policy }, `EHLO c\r\nAUTH SRP ${settled(12_284)}A\r\n`);

    expect(at.hop.lines).toEqual([`AUTH SRP ${settled(12_284)}`]);
    expect(over.replies.at(-1)).toBe('500 5.5.2 Command line too long\r\n');
    expect(over.hop.lines).toEqual([]);
  });

  it.each([1, 2, 3])('lets response %d pass that is exactly at it, and gives one over up at the hop', (line) => {
    const policy = testPolicy(RELAYED, [{ item: 'command#AUTH', maxOctets: LIMIT + 2 }]);
    const before = 'YQ==\r\n'.repeat(line - 1);

    const at = everyWay({ ...relayOptions(scene), policy }, `EHLO c\r\nAUTH SRP\r\n${before}${settled(LIMIT)}\r\n`);
    const over = everyWay({ ...relayOptions(scene), policy }, `EHLO c\r\nAUTH SRP\r\n${before}${settled(LIMIT)}A\r\n`);

    expect(at.hop.lines.at(-1)).toBe(settled(LIMIT));
    expect(over.replies.at(-1)).toBe('500 5.5.6 Authentication exchange line too long\r\n');
    expect(over.hop.lines.at(-1)).toBe('CANCEL');
    expect(over.events).toContainEqual(
      expect.objectContaining({ type: 'refusal', rule: 'command#AUTH', octets: LIMIT + 3, limit: LIMIT + 2 }),
    );
  });
});

it('no login is passed on to Amazon SES', () => {
  const driver = play({ settings: { defaultNextHop: 'ses' } }, `AUTH PLAIN ${base64('\0alice\0pw')}\r\n`);

  expect(driver.replies.at(-1)).toBe(DEFERRED);
  expect(driver.hop.lines).toEqual([]);
  expect(driver.session.identityName).toBeUndefined();
});

it('a token that the hop refused by a challenge is a failed login by the hop, though the client cancels', () => {
  const token = base64('user=alice\x01auth=Bearer bad\x01\x01');
  const driver = play({ script: [challenge('{"status":"401"}')] }, `AUTH XOAUTH2 ${token}\r\n*\r\n`);

  driver.end();

  expect(driver.events).toContainEqual(
    expect.objectContaining({ type: 'login', verdict: 'reject', username: 'alice', mechanism: 'XOAUTH2' }),
  );
  const session = driver.events.find(({ type }) => type === 'session');
  expect(session).toHaveProperty(
    'commands',
    expect.arrayContaining([expect.objectContaining({ reply: 535, rule: 'next-hop' })]),
  );
});
