import { describe, expect, it } from 'vitest';
import { EnvironmentError, readEnvironment } from './environment.ts';

const GOOD = {
  POSTERN_SERVER: 'mx1',
  POSTERN_LISTEN: '2525:starttls,2587:starttls,2465:tls',
  POSTERN_POLICY_TABLE: 'postern-policy',
  POSTERN_AUTHENTICATE_FUNCTION: 'authenticate',
  POSTERN_CHECK_RELAY_FUNCTION: 'check-relay',
  POSTERN_RECORD_EVENTS_FUNCTION: 'record-events',
  POSTERN_CERTIFICATE: 'file:/etc/postern/certificate.pem',
};

function problemWith(change: Readonly<Record<string, string | undefined>>): string {
  try {
    readEnvironment({ ...GOOD, ...change });
  } catch (error) {
    expect(error).toBeInstanceOf(EnvironmentError);
    return error instanceof Error ? error.message : '';
  }
  return 'no problem';
}

describe('readEnvironment', () => {
  it('reads every variable, with defaults for those that may be left out', () => {
    expect(readEnvironment(GOOD)).toEqual({
      server: 'mx1',
      listeners: [
        { port: 2525, mode: 'starttls' },
        { port: 2587, mode: 'starttls' },
        { port: 2465, mode: 'tls' },
      ],
      listenHost: undefined,
      policyTable: 'postern-policy',
      policyReadSeconds: 300,
      authenticateFunction: 'authenticate',
      checkRelayFunction: 'check-relay',
      recordEventsFunction: 'record-events',
      certificate: { kind: 'file', path: '/etc/postern/certificate.pem' },
      healthPort: 8025,
      drainSeconds: 110,
      acceptSeconds: 0,
    });
  });

  it('takes what is set in place of a default', () => {
    const environment = readEnvironment({
      ...GOOD,
      POSTERN_LISTEN: ' 0:tls , 0:starttls ',
      POSTERN_LISTEN_HOST: '127.0.0.1',
      POSTERN_HEALTH_PORT: '0',
      POSTERN_DRAIN_SECONDS: '3',
      POSTERN_ACCEPT_SECONDS: '1',
      POSTERN_SES_CONFIGURATION_SET: 'bounces',
    });

    expect(environment).toMatchObject({ listenHost: '127.0.0.1', healthPort: 0, drainSeconds: 3, acceptSeconds: 1 });
    expect(environment.sesConfigurationSet).toBe('bounces');
    expect(environment.listeners).toEqual([
      { port: 0, mode: 'tls' },
      { port: 0, mode: 'starttls' },
    ]);
  });

  it.each(['postern/mx1', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:postern/mx1-AbCdEf'])(
    'takes the secret %s for the certificate',
    (id) => {
      const { certificate } = readEnvironment({ ...GOOD, POSTERN_CERTIFICATE: `secret:${id}` });

      expect(certificate).toEqual({ kind: 'secret', id });
    },
  );

  it('does not repeat a POSTERN_CERTIFICATE that might be the key itself', () => {
    expect(problemWith({ POSTERN_CERTIFICATE: '-----BEGIN PRIVATE KEY-----' })).not.toContain('PRIVATE');
  });

  it('takes an optional variable that is empty for one that is not set', () => {
    const empty = { ...GOOD, POSTERN_LISTEN_HOST: '', POSTERN_HEALTH_PORT: '', POSTERN_DRAIN_SECONDS: '' };

    expect(readEnvironment(empty)).toEqual(readEnvironment(GOOD));
  });

  // A variable that is missing or empty is named, with what it is to hold.
  it.each([
    ['POSTERN_SERVER', 'the name of the published server'],
    ['POSTERN_LISTEN', 'PORT:starttls and PORT:tls'],
    ['POSTERN_POLICY_TABLE', 'the name of the policy table'],
    ['POSTERN_AUTHENTICATE_FUNCTION', 'the name of the function'],
    ['POSTERN_CHECK_RELAY_FUNCTION', 'the name of the function'],
    ['POSTERN_RECORD_EVENTS_FUNCTION', 'the name of the function'],
    ['POSTERN_CERTIFICATE', 'file:PATH or secret:NAME-OR-ARN'],
  ])('names %s when it is missing or empty', (name, allowed) => {
    for (const value of [undefined, '']) {
      const problem = problemWith({ [name]: value });

      expect(problem).toContain(`${name} is not set`);
      expect(problem).toContain(allowed);
    }
  });

  // A variable that is wrong is named, with what it holds and what is allowed.
  it.each([
    ['POSTERN_LISTEN', '2525', 'PORT:starttls and PORT:tls are allowed'],
    ['POSTERN_LISTEN', '2525:smtp', 'PORT:starttls and PORT:tls are allowed'],
    ['POSTERN_LISTEN', ':tls', 'PORT:starttls and PORT:tls are allowed'],
    ['POSTERN_LISTEN', '65536:tls', 'PORT:starttls and PORT:tls are allowed'],
    ['POSTERN_LISTEN', '-1:tls', 'PORT:starttls and PORT:tls are allowed'],
    ['POSTERN_LISTEN', '2525:tls:x', 'PORT:starttls and PORT:tls are allowed'],
    ['POSTERN_LISTEN', '2525:tls,', 'PORT:starttls and PORT:tls are allowed'],
    ['POSTERN_LISTEN', '2525:tls,2525:starttls', 'names port 2525 twice'],
    ['POSTERN_CERTIFICATE', '/etc/certificate.pem', 'file:PATH or secret:NAME-OR-ARN'],
    ['POSTERN_CERTIFICATE', 'file:', 'file:PATH or secret:NAME-OR-ARN'],
    ['POSTERN_CERTIFICATE', 'secret:', 'file:PATH or secret:NAME-OR-ARN'],
    ['POSTERN_CERTIFICATE', 'secret:two words', 'file:PATH or secret:NAME-OR-ARN'],
    ['POSTERN_CERTIFICATE', 'secret', 'file:PATH or secret:NAME-OR-ARN'],
    ['POSTERN_HEALTH_PORT', 'http', '0 to 65535 are allowed'],
    ['POSTERN_HEALTH_PORT', '65536', '0 to 65535 are allowed'],
    ['POSTERN_HEALTH_PORT', '8025.5', '0 to 65535 are allowed'],
    ['POSTERN_DRAIN_SECONDS', '-3', '0 to 3600 are allowed'],
    ['POSTERN_DRAIN_SECONDS', '3601', '0 to 3600 are allowed'],
  ])('names %s when it is "%s"', (name, value, allowed) => {
    const problem = problemWith({ [name]: value });

    expect(problem).toContain(name);
    expect(problem).toContain(allowed);
  });
});
