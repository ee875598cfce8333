/** Checks of single commands: one that is far too long, and those that tell who has a mailbox. */
import { greetSecurely, isGood, leave, type ProbeOptions, said } from './context.ts';
import { fault, note, ok, type ProbeStep } from './report.ts';

/** Octets of a command that no one needs: 32 times what RFC 5321 section 4.5.3.1.4 asks a server to take. */
const OVERSIZE_OCTETS = 16_384;

/** A command of 16 KiB must be refused by one reply, and the next command answered as if it had never been. */
export async function probeOversize(options: ProbeOptions): Promise<ProbeStep> {
  const { conversation } = await greetSecurely(options);
  try {
    // A server may close at once: the line need not be read to its end.
    const reply = await conversation.ask(`NOOP ${'x'.repeat(OVERSIZE_OCTETS)}`).catch(() => undefined);
    if (reply === undefined) return note('oversize', 'the server closed the connection without a reply');
    if (isGood(reply)) {
      return fault(
        'oversize',
        `a NOOP of ${OVERSIZE_OCTETS} octets is taken: ${said(reply)}`,
        'bound the length of commands',
      );
    }
    const second = await conversation.unasked(options.quietMs);
    if (second !== undefined && second.code !== 421) {
      return fault(
        'oversize',
        `the rest of the long line is taken for commands: ${said(second)}`,
        'update the server: what it cuts off can hide commands',
      );
    }
    return ok('oversize', `a NOOP of ${OVERSIZE_OCTETS} octets is refused: ${said(reply)}`);
  } finally {
    conversation.close();
  }
}

/** VRFY and EXPN must not tell a mailbox that is there from one that is not (RFC 5321 section 7.3). */
export async function probeNames(options: ProbeOptions): Promise<readonly ProbeStep[]> {
  const { conversation } = await greetSecurely(options);
  try {
    const known = await conversation.ask('VRFY postmaster');
    const unknown = await conversation.ask('VRFY postern-probe-no-such-user');
    const list = await conversation.ask('EXPN postmaster');
    leave(conversation);
    const tells = isGood(known) && !isGood(unknown);
    return [
      tells
        ? fault(
            'vrfy',
            `VRFY tells who is there: postmaster ${said(known)}, another ${said(unknown)}`,
            'switch VRFY off',
          )
        : ok('vrfy', `tells nothing: ${said(known)}`),
      isGood(list)
        ? fault('expn', `EXPN is carried out: ${said(list)}`, 'switch EXPN off')
        : ok('expn', `refused: ${said(list)}`),
    ];
  } finally {
    conversation.close();
  }
}
