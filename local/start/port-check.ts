/** Tells before anything is started which wanted port is taken, by the name of its variable. */
import { createServer, type Server } from 'node:net';
import { PORTS, type PortName } from '../configuration.ts';
import { HOST } from '../names.ts';
import { RunError } from '../run-error.ts';

/**
 * Binds every wanted port, all at the same time so that two variables with one port are seen too, and lets them go.
 *
 * @throws RunError that names each variable that has something wrong, and what: one try shows all of them
 */
export async function checkPorts(wanted: Readonly<Partial<Record<PortName, number>>>): Promise<void> {
  const servers: Server[] = [];
  const problems: string[] = [];
  for (const [name, port] of Object.entries(wanted) as [PortName, number][]) {
    if (port === 0) continue;
    const bound = await bind(PORTS[name].variable, port, twinOf(wanted, name));
    if (typeof bound === 'string') problems.push(bound);
    else servers.push(bound);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  if (problems.length > 0) throw new RunError(problems.join('\npostern: '));
}

/** The variable of an earlier listener that wants the same port. */
function twinOf(wanted: Readonly<Partial<Record<PortName, number>>>, name: PortName): string | undefined {
  for (const [other, port] of Object.entries(wanted) as [PortName, number][]) {
    if (other === name) return undefined;
    if (port === wanted[name]) return PORTS[other].variable;
  }
  return undefined;
}

/** The bound server, or why there is none. */
async function bind(variable: string, port: number, twin: string | undefined): Promise<Server | string> {
  if (twin !== undefined) return `${variable} and ${twin} are both ${port}: give them different ports`;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(problem(error, variable, port)));
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
