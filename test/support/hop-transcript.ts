/** What a next hop was told, written down as the commands that it would have read. */
import type { MailCommand } from '../../protocol/hop/hop-answer.ts';
import type { AuthRequest } from './answers.ts';
import { splitReceived } from './received.ts';

export interface DeliveredMessage {
  readonly mail: MailCommand;
  readonly recipients: readonly string[];
  /** Dot-stuffed, without the terminator; octets as Latin-1. */
  readonly content: string;
}

export class HopTranscript {
  /** Octets as Latin-1, as in every test. */
  readonly lines: string[] = [];
  /** Messages whose terminator was sent. */
  readonly messages: DeliveredMessage[] = [];
  /** Every octet of content, of messages that were given up too; Latin-1. */
  everything = '';
  #mail: MailCommand | undefined;
  #recipients: string[] = [];
  #content: Buffer[] = [];

  offerRecipient(mail: MailCommand, forwardPath: string): void {
    if (this.#mail === undefined) this.lines.push(mailLine(mail));
    this.#mail = mail;
    this.#recipients.push(forwardPath);
    this.lines.push(asOctets(`RCPT TO:<${forwardPath}>`));
  }

  /** A line of a login, on a connection of its own. */
  auth(request: AuthRequest): void {
    if (request.kind === 'response') this.lines.push(request.response);
    else this.lines.push(`AUTH ${request.mechanism}${request.initial === undefined ? '' : ` ${request.initial}`}`);
  }

  cancelAuth(): void {
    this.lines.push('CANCEL');
  }

  startContent(): void {
    this.lines.push('DATA');
  }

  content(octets: Uint8Array): void {
    const copy = Buffer.from(octets);
    this.#content.push(copy);
    this.everything += copy.toString('latin1');
  }

  /** The terminator: now the message's lines are written down, and `.` after them. */
  finish(): void {
    const content = Buffer.concat(this.#content).toString('latin1');
    if (this.#mail !== undefined) this.messages.push({ mail: this.#mail, recipients: this.#recipients, content });
    this.lines.push(...contentLines(content), '.');
    this.#end();
  }

  /** How much content came before depends on how it arrived, and is not written down. */
  abandon(): void {
    if (this.#mail !== undefined) this.lines.push('ABANDON');
    this.#end();
  }

  #end(): void {
    this.#mail = undefined;
    this.#recipients = [];
    this.#content = [];
  }
}

function mailLine({ path, size, body, isSmtpUtf8 }: MailCommand): string {
  const parameters = [
    size === undefined ? '' : ` SIZE=${size}`,
    body === undefined ? '' : ` BODY=${body}`,
    isSmtpUtf8 ? ' SMTPUTF8' : '',
  ];
  return asOctets(`MAIL FROM:<${path}>${parameters.join('')}`);
}

function asOctets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function contentLines(content: string): string[] {
  const split = splitReceived(content);
  const head = split === undefined ? [] : [`(Received with ${split.field.with})`];
  const lines = (split?.rest ?? content).split('\r\n');
  const last = lines.pop();
  // Content that does not end in CR LF would swallow the terminator.
  return [...head, ...lines, ...(last === '' || last === undefined ? [] : [`${last}(no CR LF)`])];
}
