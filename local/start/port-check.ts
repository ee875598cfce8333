/** Tells before anything is started which wanted port is taken, by the name of its variable. */
import { createServer, type Server } from 'node:net';
import { PORTS, type PortName } from '../configuration.ts';
import { HOST } from '../names.ts';
import { RunError } from '../run-error.ts';

/**
 * Binds every wanted port, all at the same time so that two variables with one port are seen too, and lets them go.
 *
 * @throws RunError that names the variable and what is wrong with its port
 */
export async function checkPorts(wanted: Readonly<Partial<Record<PortName, number>>>): Promise<void> {
  const servers: Server[] = [];
  try {
    for (const [name, port] of Object.entries(wanted) as [PortName, number][]) {
      if (port === 0) continue;
      servers.push(await bind(PORTS[name].variable, port, twinOf(wanted, name)));
    }
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** The variable of an earlier listener that wants the same port. */
function twinOf(wanted: Readonly<Partial<Record<PortName, number>>>, name: PortName): string | undefined {
  for (const [other, port] of Object.entries(wanted) as [PortName, number][]) {
    if (other === name) return undefined;
    if (port === wanted[name]) return PORTS[other].variable;
  }
  return undefined;
}

function bind(variable: string, port: number, twin: string | undefined): Promise<Server> {
  if (twin !== undefined) throw new RunError(`${variable} and ${twin} are both ${port}: give them different ports`);
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => reject(new RunError(problem(error, variable, port))));
    server.listen(port, HOST, () => resolve(server));
  });
}

function problem({ code, message }: NodeJS.ErrnoException, variable: string, port: number): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${HOST} is in use: end what listens there, or set ${variable} (0 takes a free port)`;
  }
  if (code === 'EACCES') return `${variable} is ${port}, a port that this user may not open: take one above 1023`;
  return `Cannot listen on port ${port} of ${variable}: ${message}`;
}
