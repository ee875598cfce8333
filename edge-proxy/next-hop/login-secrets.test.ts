import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestSecretsManager } from '../../test/support/secrets-manager.ts';
import { credentialsIn, credentialsReader } from './login-secrets.ts';

describe('credentialsIn', () => {
  it.each([
    ['{"username":"relay","password":"s3cret"}', { username: 'relay', password: 's3cret' }],
    ['{"engine":"x","username":"r\\u00e9lay","password":" "}', { username: 'r\u00e9lay', password: ' ' }],
  ])('reads %s', (text, credentials) => {
    expect(credentialsIn(text)).toEqual(credentials);
  });

  it.each([
    '',
    'hunter2',
    '"hunter2"',
    '["hunter2"]',
    '{"username":"relay","password":hunter2}',
    '{"username":"relay"}',
    '{"username":"relay","password":""}',
    '{"username":"","password":"hunter2"}',
    '{"username":"relay","password":"hunter2\\u0000"}',
    `{"username":"relay","password":"${'hunter2'.repeat(200)}"}`,
  ])('refuses %j and quotes nothing of it', (text) => {
    const failure = (() => {
      try {
        return credentialsIn(text);
      } catch (error) {
        return error;
      }
    })();

    expect(failure).toBeInstanceOf(Error);
    expect(String(failure)).not.toMatch(/hunter2|relay/);
  });
});

describe('credentialsReader', () => {
  let manager: TestSecretsManager;
  let folder: string;
  beforeEach(async () => {
    manager = await TestSecretsManager.start();
    folder = await mkdtemp(join(tmpdir(), 'postern-login-'));
  });
  afterEach(async () => {
    await manager.stop();
    await rm(folder, { recursive: true });
  });

  function client(): SecretsManagerClient {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    return new SecretsManagerClient({ endpoint: manager.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  }

  it('reads a secret as it is at the time', async () => {
    const read = credentialsReader(client);
    manager.put('postern/hop', '{"username":"a","password":"1"}');
    const first = await read({ kind: 'secret', name: 'postern/hop' });
    manager.put('postern/hop', '{"username":"a","password":"2"}');

    expect([first.password, (await read({ kind: 'secret', name: 'postern/hop' })).password]).toEqual(['1', '2']);
  });

  it('reads a file, and makes no client for it', async () => {
    const path = join(folder, 'login.json');
    await writeFile(path, '{"username":"a","password":"1"}');
    const read = credentialsReader(() => {
      throw new TypeError('No client is needed');
    });

    expect(await read({ kind: 'file', name: path })).toEqual({ username: 'a', password: '1' });
  });

  it('fails where there is none', async () => {
    const read = credentialsReader(client);

    await expect(read({ kind: 'secret', name: 'postern/none' })).rejects.toThrow();
    await expect(read({ kind: 'file', name: join(folder, 'none') })).rejects.toThrow(/ENOENT/);
  });
});
