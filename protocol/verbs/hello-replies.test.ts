import { describe, expect, it } from 'vitest';
import { encodeReply } from '../../policy/reply.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { type Advertised, greeting, helloReply } from './hello-replies.ts';

const ALWAYS = ['PIPELINING', 'SIZE 36700160', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];

function linesOf(advertised: Advertised, policy = testPolicy()): string[] {
  return encodeReply(helloReply(policy, advertised)).split('\r\n').slice(0, -1);
}

function expected(hostname: string, extensions: readonly string[]): string[] {
  const words = [hostname, ...extensions];
  return words.map((word, index) => `250${index === words.length - 1 ? ' ' : '-'}${word}`);
}

describe('helloReply', () => {
  it.each<[Advertised, string[]]>([
    [{ isTls: false, mechanisms: [] }, ['STARTTLS']],
    [{ isTls: true, mechanisms: [] }, []],
    [{ isTls: false, mechanisms: ['PLAIN'] }, ['STARTTLS', 'AUTH PLAIN']],
    [{ isTls: true, mechanisms: ['PLAIN', 'LOGIN'] }, ['AUTH PLAIN LOGIN']],
  ])('advertises to %j', (advertised, more) => {
    const policy = testPolicy({ maxMessageOctets: 36_700_160 });
    for (let time = 0; time < 2; time += 1) {
      expect(linesOf(advertised, policy)).toEqual(expected('mx.example.com', [...ALWAYS, ...more]));
    }
  });

  it('is said anew by each policy', () => {
    const advertised = { isTls: true, mechanisms: [] };
    const policies = [{ maxMessageOctets: 1000 }, { maxMessageOctets: 2000 }].map((settings) => testPolicy(settings));

    const said = policies.map((policy) => linesOf(advertised, policy)[2]);

    expect(said).toEqual(['250-SIZE 1000', '250-SIZE 2000']);
  });

  it('is right for more lists of mechanisms than are kept', () => {
    const policy = testPolicy();
    const lists = Array.from({ length: 30 }, (_, number) => [`M${number}`]);

    for (const mechanisms of [...lists, ...lists]) {
      expect(linesOf({ isTls: true, mechanisms }, policy).at(-1)).toBe(`250 AUTH ${mechanisms}`);
    }
  });
});

it('greets with the hostname', () => {
  expect(encodeReply(greeting(testPolicy({ hostname: 'mx2.example.com' })))).toBe(
    '220 mx2.example.com ESMTP Postern\r\n',
  );
});
