import { describe, expect, it } from 'vitest';
import { REPLIES } from '../../../policy/reply.ts';
import { answerToSesError, answerToSesTaken } from './answer.ts';

const UNCERTAIN = '; whether the message was taken is uncertain';

function failure(message: string, facts: object): Error {
  return Object.assign(new Error(message), facts);
}

describe('answerToSesTaken', () => {
  it('takes the message under its id', () => {
    expect(answerToSesTaken('0102-000000')).toEqual({
      reply: REPLIES.ok,
      isTaken: true,
      rule: 'next-hop',
      detail: '0102-000000',
    });
  });

  it.each([undefined, ''])('does not believe an answer with id %j', (id) => {
    expect(answerToSesTaken(id)).toEqual({
      reply: REPLIES.hopDropped,
      isTaken: false,
      rule: 'next-hop-dropped',
      detail: `Amazon SES named no message${UNCERTAIN}`,
    });
  });
});

describe('answerToSesError', () => {
  // As Node and the SDK throw them when no octet of the request went out.
  it.each([
    failure('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED', syscall: 'connect' }),
    failure('connect ETIMEDOUT 192.0.2.1:443', { code: 'ETIMEDOUT', syscall: 'connect', name: 'TimeoutError' }),
    failure('connect ECONNRESET', { code: 'ECONNRESET', syscall: 'connect', name: 'TimeoutError' }),
    failure('getaddrinfo ENOTFOUND email.example', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
    failure('getaddrinfo EAI_AGAIN email.example', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }),
    failure('', { code: 'ECONNREFUSED', name: 'AggregateError' }),
    failure('certificate has expired', { code: 'CERT_HAS_EXPIRED' }),
    failure('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    failure("Hostname/IP does not match certificate's altnames", { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
    failure('the request socket did not establish a connection with the server within the configured timeout', {
      name: 'TimeoutError',
    }),
  ])('says that SES is down for %s', (error) => {
    const answer = answerToSesError(error, 'sender@example.com');

    expect(answer).toMatchObject({ reply: REPLIES.hopDown, isTaken: false, rule: 'next-hop-down' });
    expect(answer.detail).toMatch(/: ./);
    expect(answer.detail).not.toContain(UNCERTAIN);
  });

  it.each([
    failure('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read', name: 'TimeoutError' }),
    failure('write EPIPE', { code: 'EPIPE', syscall: 'write', name: 'TimeoutError' }),
    failure('socket hang up', { code: 'ECONNRESET', name: 'TimeoutError' }),
    failure('aborted', { code: 'ECONNRESET' }),
    failure('Request aborted', { name: 'AbortError' }),
    failure('Unexpected token', { name: 'SyntaxError', $metadata: { httpStatusCode: 200 } }),
    'a string',
    undefined,
  ])('says that the outcome is uncertain for %s', (error) => {
    const answer = answerToSesError(error, 'sender@example.com');

    expect(answer).toMatchObject({ reply: REPLIES.hopDropped, isTaken: false, rule: 'next-hop-dropped' });
    expect(answer.detail?.endsWith(UNCERTAIN)).toBe(true);
  });

  it('names the status of an answer that could not be read, without advice for developers', () => {
    const message = 'Unexpected token\n  Deserialization error: to see the raw response, inspect the hidden field x.';
    const error = failure(message, { name: 'SyntaxError', $metadata: { httpStatusCode: 502 } });

    const { detail } = answerToSesError(error, 'sender@example.com');

    expect(detail).toBe(`SyntaxError: Unexpected token (HTTP 502)${UNCERTAIN}`);
  });

  it('keeps the doubt in a detail that had to be cut', () => {
    const { detail } = answerToSesError(failure('x'.repeat(10_000), { name: 'InternalFailure' }), 'sender@example.com');

    expect(detail).toHaveLength(450);
    expect(detail?.endsWith(UNCERTAIN)).toBe(true);
  });

  it('says nothing of a signature, whose error may quote the session token', () => {
    const error = failure('The canonical string should have been x-amz-security-token:secret', {
      name: 'SignatureDoesNotMatch',
    });

    expect(JSON.stringify(answerToSesError(error, 'sender@example.com'))).not.toContain('secret');
  });
});
