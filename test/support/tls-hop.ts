/** Next hops under TLS, whose AUTH and XCLIENT do what a test tells them. */
import { createSecureContext, type SecureContext } from 'node:tls';
import { makeCertificate } from './edge-proxy-certificate.ts';
import { type HopClient, type HopMove, type HopScript, politely, serve } from './scripted-hop.ts';

let madeContext: Promise<SecureContext> | undefined;

/** One for all tests of a file. */
export async function hopContext(): Promise<SecureContext> {
  madeContext ??= makeCertificate({ name: 'hop.example' }).then(({ pem }) =>
    createSecureContext({ key: pem, cert: pem }),
  );
  return await madeContext;
}

/** EHLO's reply with these lines on top of what a good hop offers. */
export function offering(...lines: readonly string[]): string {
  const all = ['hop.example', 'PIPELINING', '8BITMIME', 'SMTPUTF8', ...lines];
  return all.map((line, index) => `250${index === all.length - 1 ? ' ' : '-'}${line}\r\n`).join('');
}

type Moves = Parameters<typeof politely>[0];

/** A hop that offers STARTTLS and is good save for `moves`, which are those under TLS; `clear` are those before. */
export function underTls(moves: Moves, clear: Moves = {}): HopScript {
  return politely({
    EHLO: offering('STARTTLS'),
    STARTTLS: async (client) => {
      const context = await hopContext();
      client.say('220 go\r\n');
      await client.startTls(context);
      await serve(client, moves, true);
    },
    ...clear,
  });
}

/** An AUTH that answers the command and each line after it with a step; `*` ends it at any. */
export function exchange(...steps: readonly HopMove[]): HopMove {
  return async (client: HopClient, command: string) => {
    let line = command;
    for (const [index, step] of steps.entries()) {
      if (index > 0) line = await client.hear();
      if (line === '*') {
        client.say('501 5.7.0 cancelled\r\n');
        return;
      }
      if (typeof step === 'string') client.say(step);
      else await step(client, line);
    }
  };
}
