/** Watches the content of one message: what the client sent of it, and what was handed on. */
import type { Settings } from '../../policy/settings.ts';
import { behindReceived, expectedContent, unstuffed } from '../support/content-oracle.ts';
import { splitReceived } from '../support/received.ts';
import { mustHold } from './target.ts';

export class ContentWatch {
  readonly #start: number;
  readonly #options: { readonly maxOctets: number; readonly bareNewline: Settings['bareNewline'] };
  readonly #handedOn: Buffer[] = [];

  /** @param start octets that the machine had taken before the first of the content */
  constructor(start: number, { maxMessageOctets: maxOctets, bareNewline }: Settings) {
    this.#start = start;
    this.#options = { maxOctets, bareNewline };
  }

  handOn(octets: Uint8Array): void {
    this.#handedOn.push(Buffer.from(octets));
  }

  /** The message is being finished at the hop. */
  mustBeWhole(taken: string): void {
    const sent = taken.slice(this.#start);
    const expected = expectedContent(sent, this.#options);
    mustHold(expected.end === sent.length, 'A message is finished elsewhere than at its end');
    mustHold(expected.fault === undefined, `A message is finished that is ${expected.fault}`);
    const split = splitReceived(Buffer.concat(this.#handedOn).toString('latin1'));
    mustHold(split !== undefined, 'A message is handed on without our Received field');
    mustHold(!`\r\n${split.rest}`.includes('\r\n.\r\n'), 'The content holds an end of data');
    mustHold(
      unstuffed(split.rest) === behindReceived(expected.message),
      'The message handed on is not the message sent',
    );
  }

  /** The content is over, and nothing was finished. */
  mustBeVoid(taken: string, isClosed: boolean): void {
    const expected = expectedContent(taken.slice(this.#start), this.#options);
    if (this.#handedOn.length === 0) return;
    mustHold(isClosed || expected.end !== -1, 'A message is given up before its end');
    mustHold(isClosed || expected.fault !== undefined, 'A good message is not handed on');
  }
}
