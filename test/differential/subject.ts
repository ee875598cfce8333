/** A server that dialogues are tried on. */

export interface Delivered {
  /** Without angle brackets, domains in lower case; octets as Latin-1. */
  readonly sender: string;
  readonly recipients: readonly string[];
  /** As its reader sees it: no dot-stuffing, none of the server's own trace fields. */
  readonly content: string;
}

export interface Subject {
  readonly name: 'postern' | 'smtp-server' | 'postfix';
  readonly port: number;
  /** What was delivered since the last call. */
  takeDelivered(): Delivered[];
  stop(): Promise<void>;
}

/** The longest message that each is set to take. */
export const MAX_MESSAGE_OCTETS = 1_000_000;

/** The one policy that all are set up with: mail for example.com, from anybody. */
export function isServed(recipient: string): boolean {
  return /@example\.com$/i.test(recipient) || /^postmaster$/i.test(recipient);
}

/** An address as it is compared: its domain in lower case. */
export function comparable(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at + 1)}${address.slice(at + 1).toLowerCase()}`;
}
