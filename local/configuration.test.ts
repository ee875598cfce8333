import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_HOME, readRunConfiguration } from './configuration.ts';
import { RunError } from './run-error.ts';

describe('the variables of the embedded run', () => {
  it.each([{}, { POSTERN_INBOUND_PORT: '', POSTERN_HOME: '', POSTERN_MTA_URL: '' }])(
    'have the documented defaults, an empty one too: %j',
    (environment) => {
      const configuration = readRunConfiguration(environment);

      expect(configuration).toEqual({
        home: DEFAULT_HOME,
        ports: {
          submission: 2587,
          submissions: 2465,
          inbound: 2525,
          mta: 2526,
          dynamodb: 8000,
          lambda: 9001,
          ses: 8005,
          s3: 9000,
          admin: 8080,
        },
      });
      expect(DEFAULT_HOME).toBe(resolve('.postern'));
    },
  );

  it('are taken over, port 0 among them', () => {
    const environment = {
      POSTERN_HOME: 'elsewhere',
      POSTERN_SUBMISSION_PORT: '0',
      POSTERN_LAMBDA_PORT: '65535',
      POSTERN_MTA_URL: 'smtp://mail.example.com:2500?tls=never',
      POSTERN_DEMO_PASSWORD: 'secret',
    };

    const configuration = readRunConfiguration(environment);

    expect(configuration).toMatchObject({
      home: resolve('elsewhere'),
      ports: { submission: 0, lambda: 65_535, inbound: 2525 },
      mtaUrl: 'smtp://mail.example.com:2500?tls=never',
      demoPassword: 'secret',
    });
  });

  it.each([
    ['POSTERN_INBOUND_PORT', 'abc', 'POSTERN_INBOUND_PORT is "abc" where 0 to 65535 are allowed'],
    ['POSTERN_DYNAMODB_PORT', '65536', 'POSTERN_DYNAMODB_PORT is "65536" where 0 to 65535 are allowed'],
    ['POSTERN_LAMBDA_PORT', '-1', 'POSTERN_LAMBDA_PORT is "-1" where'],
    ['POSTERN_MTA_PORT', '25.5', 'POSTERN_MTA_PORT is "25.5" where'],
    ['POSTERN_MTA_URL', 'mail.example.com', 'POSTERN_MTA_URL: "mail.example.com" is not a next hop'],
    ['POSTERN_MTA_URL', 'smtp://host?tsl=never', 'parameter tsl where tls, ca, auth and ehlo are allowed'],
  ])('are refused by name: %s=%s', (variable, value, message) => {
    const read = (): unknown => readRunConfiguration({ [variable]: value });

    expect(read).toThrow(RunError);
    expect(read).toThrow(message);
  });
});
