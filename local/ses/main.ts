/** The part `ses`. Usage: main.ts --port PORT --directory DIRECTORY */
import { parseArgs } from 'node:util';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { startSes } from './server.ts';

const { values } = parseArgs({ options: { port: { type: 'string' }, directory: { type: 'string' } } });
const { port, directory = 'mail' } = values;
const ses = await startSes({ port: Number(port ?? 0), directory });
endOnSignal(() => ses.close());
sayListening(ses.port);
