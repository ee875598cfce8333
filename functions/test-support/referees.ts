/** DynamoDBs that must agree on what a conditional write does: dynalite, and moto where it is installed. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { HAS_MOTO, MotoServer } from '../../test/support/program.ts';
import { Tables } from './tables.ts';

export interface Referee {
  readonly name: string;
  readonly start: () => Promise<Tables>;
}

export const REFEREES: readonly Referee[] = [
  { name: 'dynalite', start: () => Tables.start() },
  ...(HAS_MOTO ? [{ name: 'moto', start: startMoto }] : []),
];

async function startMoto(): Promise<Tables> {
  const moto = await MotoServer.start();
  return Tables.at(moto.said, () => moto.stop());
}

/** A DynamoDB that takes every request and never answers. */
export async function startSilent(): Promise<Tables> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Tables.at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
}
