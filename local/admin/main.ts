/** The part `admin`. Usage: main.ts --port PORT --lambda URL */
import { parseArgs } from 'node:util';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { startGateway } from './gateway.ts';

const { values } = parseArgs({ options: { port: { type: 'string' }, lambda: { type: 'string' } } });
const { port, lambda = '' } = values;
const gateway = await startGateway({ port: Number(port ?? 0), lambda });
endOnSignal(() => gateway.close());
sayListening(gateway.port);
