import { once } from 'node:events';
import { newToken, pageAddress } from '../../web/serve/page.ts';
import { noMore, wholeNumberOption } from '../arguments.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { startPageServer } from '../page/page-server.ts';

export const pageCommand = defineCommand({
  name: 'page',
  help: `Usage: postern page [--port PORT]

Serves the page for people to browsers on this machine, and prints the address to open. Each call that it makes to the
API is signed with your own AWS credentials, so that it can do what you may do, and no more. The address has the key
to it: give it to no one. Ctrl-C ends it, and the key with it.

  --port PORT   of 127.0.0.1; without it, a free one

  postern page --api https://ID.execute-api.REGION.amazonaws.com
`,
  places: [],
  options: { port: { type: 'string' } },
  run: async ({ values: { port }, words }, { api, output, signal }) => {
    noMore(words);
    const token = newToken();
    const wanted = wholeNumberOption(port, '--port', 1) ?? 0;
    if (wanted > 65_535) throw new UsageError(`--port is "${port}" where 1 to 65535 are allowed`);
    const server = await startPageServer({ api, port: wanted, token }).catch((error: Error) => {
      throw new CliError(`Cannot listen on port ${wanted}: ${error.message}`, { cause: error });
    });
    const address = pageAddress(`http://127.0.0.1:${server.port}`, token);
    if (output.isJson) output.jsonLine({ address });
    else output.line(address);
    output.note(`The page of ${api.url.origin}; Ctrl-C ends it.`);
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
    return 0;
  },
});
