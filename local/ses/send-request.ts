/** A send as either protocol asks for it. */

export interface SendRequest {
  /** Empty when the call named none: SES then goes by the header. */
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly tags: readonly { readonly name: string; readonly value: string }[];
  /** The message's raw octets. */
  readonly message: Buffer;
}

/** An error answer of the API. */
export class SesError extends Error {
  readonly status: number;
  /** As it stands on the wire. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One of the protocols in which SES is asked to send. */
export interface SendProtocol {
  readonly operation: string;
  /** Octets of the largest message. */
  readonly maxMessageOctets: number;
  /** The code for a message or an address that SES cannot take. */
  readonly invalidCode: string;
  /** Throws `SesError` for a request that this protocol does not have. */
  parse(body: Buffer): SendRequest;
  success(messageId: string, requestId: string): Answer;
  failure(error: SesError, requestId: string): Answer;
}
