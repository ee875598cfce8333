import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { checkPorts } from './port-check.ts';

async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

it('names the variable of a port that is in use', async () => {
  const port = await takenPort();

  await expect(checkPorts({ inbound: 0, dynamodb: port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use: end what listens there, or set POSTERN_DYNAMODB_PORT`,
  );
});

it('names all ports that are in use, so that one try is enough', async () => {
  const [first, second] = [await takenPort(), await takenPort()];

  const failed = checkPorts({ inbound: first, lambda: 0, ses: second });

  await expect(failed).rejects.toThrow(`Port ${first}`);
  await expect(failed).rejects.toThrow(
    `Port ${second} on 127.0.0.1 is in use: end what listens there, or set POSTERN_SES_PORT`,
  );
});

it('names both variables that have one port', async () => {
  await expect(checkPorts({ submission: 65_535, lambda: 65_535 })).rejects.toThrow(
    'POSTERN_LAMBDA_PORT and POSTERN_SUBMISSION_PORT are both 65535',
  );
});

it('leaves free ports free', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));

  await checkPorts({ inbound: port, lambda: 0 });
  await expect(checkPorts({ inbound: port })).resolves.toBeUndefined();
});
