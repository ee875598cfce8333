import { describe, expect, it } from 'vitest';
import { hear, identityOf, isServerFirst, newWitness, type Testimony } from './relayed-login-witness.ts';

const DIGEST = 'b913a602c7eda7a495b4e6e7334d3890';

/** What is known after the client's messages; the last testimony when one is refused. */
function listen(mechanism: string, ...messages: (string | Buffer)[]): Testimony {
  let testimony: Testimony = { kind: 'heard', witness: newWitness(mechanism) };
  for (const message of messages) {
    if (testimony.kind !== 'heard') return testimony;
    testimony = hear(testimony.witness, Buffer.from(message));
  }
  return testimony;
}

function identity(mechanism: string, ...messages: string[]): string | undefined {
  const testimony = listen(mechanism, ...messages);
  if (testimony.kind !== 'heard') throw new Error(`Not heard: ${testimony.kind}`);
  return identityOf(testimony.witness);
}

describe('the identity', () => {
  it.each([
    ['PLAIN', ['\0Alice@Example.com\0secret']],
    ['PLAIN', ['Alice@Example.com\0Alice@Example.com\0secret']],
    ['LOGIN', ['Alice@Example.com', 'secret']],
    ['CRAM-MD5', [`Alice@Example.com ${DIGEST}`]],
    ['SCRAM-SHA-256', ['n,,n=Alice@Example.com,r=rOprNGfwEbeRWgbNEkqO', 'c=biws,r=x,p=y']],
    ['SCRAM-SHA-1', ['y,,n=Alice@Example.com,r=fyko', 'c=eSws,r=x,p=y', '']],
    ['SCRAM-SHA-256', ['n,a=Alice@Example.com,n=Alice@Example.com,r=fyko', 'c=x,r=x,p=y']],
    ['XOAUTH2', ['user=Alice@Example.com\x01auth=Bearer abc\x01\x01']],
    ['OAUTHBEARER', ['n,a=Alice@Example.com,\x01auth=Bearer abc\x01\x01']],
  ])('of %s is its name in lower case', (mechanism, messages) => {
    expect(identity(mechanism, ...messages)).toBe('alice@example.com');
  });

  it('of CRAM-MD5 may hold blanks', () => {
    expect(identity('CRAM-MD5', `alice of example ${DIGEST}`)).toBe('alice of example');
  });

  it('of SCRAM is read where extensions follow', () => {
    expect(identity('SCRAM-SHA-256', 'n,,n=alice,r=fyko,x=one,y=two', 'c=biws,r=x,p=y')).toBe('alice');
  });

  it('of SCRAM is unescaped', () => {
    expect(identity('SCRAM-SHA-256', 'n,,n=a=2Cb=3Dc,r=fyko', 'c=biws,r=x,p=y')).toBe('a,b=c');
  });

  it('of a mechanism that is not known here is unknown, however many messages it has', () => {
    expect(identity('SRP', 'a', 'b', 'c')).toBe('unknown');
    expect(identity('SRP')).toBe('unknown');
  });

  // A hop that leaves the initial response of LOGIN out of account, say, has another name than this one.
  it.each([
    ['PLAIN before its message', 'PLAIN', []],
    ['PLAIN with a second message', 'PLAIN', ['\0alice\0secret', '\0bob\0secret']],
    ['LOGIN without a password', 'LOGIN', ['alice']],
    ['LOGIN with a second name', 'LOGIN', ['alice', 'bob', 'secret']],
    ['CRAM-MD5 with a second message', 'CRAM-MD5', [`alice ${DIGEST}`, `bob ${DIGEST}`]],
    ['SCRAM without a proof', 'SCRAM-SHA-256', ['n,,n=alice,r=fyko']],
    ['SCRAM with a fourth message', 'SCRAM-SHA-256', ['n,,n=alice,r=fyko', 'c=biws,r=x,p=y', '', '']],
    ['a token behind its refusal', 'XOAUTH2', ['user=alice\x01auth=Bearer abc\x01\x01', '']],
  ])('is none where a hop takes %s', (_claim, mechanism, messages) => {
    expect(identity(mechanism, ...messages)).toBeUndefined();
  });
});

describe('a message that its mechanism does not have', () => {
  it.each([
    ['PLAIN', 'alice'],
    ['PLAIN', '\0alice\0secret\0'],
    ['PLAIN', '\0\0secret'],
    ['LOGIN', ''],
    ['CRAM-MD5', 'alice'],
    ['CRAM-MD5', `alice ${DIGEST}0`],
    ['CRAM-MD5', ` ${DIGEST}`],
    ['CRAM-MD5', `al\0ice ${DIGEST}`],
    ['SCRAM-SHA-256', 'n=alice,r=fyko'],
    ['SCRAM-SHA-256', 'p=tls-unique,,n=alice,r=fyko'],
    ['SCRAM-SHA-256', 'n,,m=x,n=alice,r=fyko'],
    ['SCRAM-SHA-256', 'n,,n=,r=fyko'],
    ['SCRAM-SHA-256', 'n,,n=al=41ice,r=fyko'],
    ['SCRAM-SHA-256', 'n,,n=alice'],
    ['SCRAM-SHA-256', 'n,,n=alice,r=a b'],
    ['SCRAM-SHA-256', 'n,,n=alice,r=a,1=b'],
    ['SCRAM-SHA-256', 'n,,n=alice,r=a,xy=b'],
    ['SCRAM-SHA-256', 'n,,n=alice,r=a,x='],
    ['SCRAM-SHA-256', 'n,,n=alice,r=a,x=b\0'],
    ['XOAUTH2', 'user=alice'],
    ['OAUTHBEARER', 'n,,\x01auth=Bearer abc\x01\x01'],
  ])('is refused: %s %j', (mechanism, message) => {
    expect(listen(mechanism, message)).toEqual({ kind: 'malformed' });
  });

  it.each(['CRAM-MD5', 'SCRAM-SHA-1', 'XOAUTH2', 'OAUTHBEARER'])(
    'is refused: %s that is nothing of it',
    (mechanism) => {
      expect(listen(mechanism, Buffer.from([0, 0xff, 0, 0xff]))).toEqual({ kind: 'malformed' });
    },
  );

  it('is heard of a mechanism that no one knows here', () => {
    expect(listen('SRP', Buffer.of(0, 0xff)).kind).toBe('heard');
  });
});

// RFC 4616 section 2: it is a failed authentication.
it.each([
  ['PLAIN', '\0alice\0gehe\xfcm', 'alice'],
  ['PLAIN', '\0al\xefce\0secret', 'al\uFFFDce'],
  ['PLAIN', '\0al\x07ice\0secret', 'al\x07ice'],
  ['LOGIN', 'al\xefce', 'al\uFFFDce'],
  ['LOGIN', 'al\0ice', 'al\0ice'],
  ['CRAM-MD5', `al\xefce ${DIGEST}`, 'al\uFFFDce'],
  ['SCRAM-SHA-256', 'n,,n=al\xefce,r=fyko', 'al\uFFFDce'],
  ['XOAUTH2', 'user=al\xefce\x01auth=Bearer abc\x01\x01', 'al\uFFFDce'],
])('a name or password of %s that cannot be prepared is no login: %j', (mechanism, message, username) => {
  expect(listen(mechanism, Buffer.from(message, 'latin1'))).toMatchObject({
    kind: 'unprepared',
    witness: { username },
  });
});

// RFC 4616 section 2, RFC 5802 section 5.1.
it.each([
  ['PLAIN', 'bob\0alice\0secret'],
  ['SCRAM-SHA-256', 'n,a=bob,n=alice,r=fyko'],
])('a login of %s that would act for another is not heard', (mechanism, message) => {
  expect(listen(mechanism, message)).toMatchObject({
    kind: 'foreign-authorization',
    witness: { username: 'alice' },
  });
});

it('only CRAM-MD5 has the server speak first, of what is read here', () => {
  const mechanisms = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256', 'XOAUTH2', 'OAUTHBEARER', 'SRP'];

  expect(mechanisms.filter(isServerFirst)).toEqual(['CRAM-MD5']);
});
