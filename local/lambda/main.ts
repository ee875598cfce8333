/** The part `lambda`. Usage: main.ts --port PORT --functions JSON (an array of FunctionSpec) */
import { parseArgs } from 'node:util';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { startLambda } from './endpoint.ts';
import type { FunctionSpec } from './function-spec.ts';

const { values } = parseArgs({ options: { port: { type: 'string' }, functions: { type: 'string' } } });
// Written by the run itself.
const specs = JSON.parse(values.functions ?? '[]') as FunctionSpec[];
const compileCache = process.env.NODE_COMPILE_CACHE;
const endpoint = await startLambda(Number(values.port ?? 0), specs, {
  log: (line) => console.error(line),
  ...(compileCache === undefined ? {} : { compileCache }),
});
endOnSignal(() => endpoint.close());
sayListening(endpoint.port);
