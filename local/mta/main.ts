/** The part `mta`. Usage: main.ts --port PORT --directory DIRECTORY --certificate FILE */
import { parseArgs } from 'node:util';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { startMta } from './server.ts';

const { values } = parseArgs({
  options: { port: { type: 'string' }, directory: { type: 'string' }, certificate: { type: 'string' } },
});
const { port, directory = 'mail', certificate } = values;
const mta = await startMta({
  port: Number(port ?? 0),
  directory,
  ...(certificate === undefined ? {} : { certificate }),
});
endOnSignal(() => mta.close());
sayListening(mta.port);
