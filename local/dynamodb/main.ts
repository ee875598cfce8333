/** The part `dynamodb`. Usage: main.ts --port PORT --directory DIRECTORY */
import { parseArgs } from 'node:util';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { startDynamoDb } from './server.ts';

const { values } = parseArgs({ options: { port: { type: 'string' }, directory: { type: 'string' } } });
const { port, directory } = values;
const server = await startDynamoDb({ port: Number(port ?? 0), ...(directory === undefined ? {} : { directory }) });
endOnSignal(() => server.close());
sayListening(server.port);
