/**
 * The part `lambda`. Usage: main.ts --port PORT --functions JSON (an array of FunctionSpec) --log FILE
 *
 * What the functions say goes to the file; what they say of problems to standard error too.
 */
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { startLambda } from './endpoint.ts';
import type { FunctionSpec } from './function-spec.ts';

const { values } = parseArgs({
  options: { port: { type: 'string' }, functions: { type: 'string' }, log: { type: 'string' } },
});
// Written by the run itself.
const specs = JSON.parse(values.functions ?? '[]') as FunctionSpec[];
const logFile = createWriteStream(values.log ?? '/dev/null', { flags: 'a', mode: 0o600 });
const log = (line: string): void => void logFile.write(`${line}\n`);
const compileCache = process.env.NODE_COMPILE_CACHE;
const endpoint = await startLambda(Number(values.port ?? 0), specs, {
  log,
  logProblem: (line) => {
    log(line);
    console.error(line);
  },
  ...(compileCache === undefined ? {} : { compileCache }),
});
endOnSignal(() => endpoint.close());
sayListening(endpoint.port);
