/** `npm run check:account` as it is run: the AWS CLI, before moto. */
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_MOTO, isHere, MotoServer, runProgram } from '../support/program.ts';
import { ROOT } from './synthesis.ts';

/** Milliseconds; each call starts a CLI, and the machine may be busy. */
const SLOW_MS = 300_000;

let moto: MotoServer;
let environment: NodeJS.ProcessEnv;

const run = (...command: readonly string[]) => runProgram(command, { cwd: ROOT, env: environment });

describe.runIf(HAS_MOTO && isHere('aws', '--version'))('an account', () => {
  beforeAll(async () => {
    moto = await MotoServer.start();
    environment = {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      AWS_ENDPOINT_URL: moto.said,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'eu-west-1',
    };
  }, SLOW_MS);
  afterAll(() => moto.stop());

  it(
    'is looked at by calls that change nothing, and what it lacks is told until it is there',
    async () => {
      const secrets = new SecretsManagerClient({
        endpoint: moto.said,
        region: 'eu-west-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
      const before = await run(process.execPath, 'infra/account/check.ts');
      for (const name of ['postern/mail.example.com', 'postern/mx.example.com']) {
        await secrets.send(new CreateSecretCommand({ Name: name, SecretString: 'pem' }));
      }
      const after = await run(process.execPath, 'infra/account/check.ts');

      expect(before.code).toBe(1);
      expect(before.said).toContain('inbound: there is no secret postern/mx.example.com in eu-west-1');
      expect(after.said).toContain('eu-west-1: nothing stops a deployment');
      expect(after.code).toBe(0);
    },
    SLOW_MS,
  );
});
