/** The part `s3`. Usage: main.ts --port PORT --directory DIRECTORY */
import { parseArgs } from 'node:util';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { startS3 } from './server.ts';

const { values } = parseArgs({ options: { port: { type: 'string' }, directory: { type: 'string' } } });
const { port, directory = 'held' } = values;
const s3 = await startS3({ port: Number(port ?? 0), directory });
endOnSignal(() => s3.close());
sayListening(s3.port);
