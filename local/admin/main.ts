/** The part `admin`. Usage: main.ts --port PORT --lambda URL --doors FILE; the page's token in `POSTERN_PAGE_TOKEN`. */
import { parseArgs } from 'node:util';
import { newToken } from '../../web/serve/page.ts';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { startGateway } from './gateway.ts';

const options = { port: { type: 'string' }, lambda: { type: 'string' }, doors: { type: 'string' } } as const;
const { port, lambda = '', doors = '' } = parseArgs({ options }).values;
const token = process.env.POSTERN_PAGE_TOKEN || newToken();
const gateway = await startGateway({ port: Number(port ?? 0), lambda, token, doors });
endOnSignal(() => gateway.close());
sayListening(gateway.port);
