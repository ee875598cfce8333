/** Undoes a transfer encoding of a stream that comes in units of whole lines. */

import { decodeQuotedPrintable, decodeUuencoded, readRegularBase64 } from './common/transfer-decoding.ts';
import type { TransferEncoding } from './head/content-fields.ts';

export interface Decoder {
  decode(unit: Buffer): Buffer;
}

/** Base64 goes on over units: what is left of four octets waits for the next. */
class Base64Decoder implements Decoder {
  readonly #onSlow: (octets: number) => void;
  #left = '';

  constructor(onSlow: (octets: number) => void) {
    this.#onSlow = onSlow;
  }

  decode(unit: Buffer): Buffer {
    const regular = readRegularBase64(this.#left, unit);
    if (regular !== undefined) {
      this.#left = regular.left;
      return Buffer.from(regular.decoded);
    }
    this.#onSlow(unit.length);
    const text = this.#left + unit.toString('latin1').replace(/[^A-Za-z0-9+/]+/g, '');
    const whole = text.length - (text.length % 4);
    this.#left = text.slice(whole);
    return Buffer.from(text.slice(0, whole), 'base64');
  }

  /** The last octets, where no padding fills them up. */
  end(): Buffer {
    return Buffer.from(this.#left, 'base64');
  }
}

const IDENTITY: Decoder = { decode: (unit) => unit };

/** @param onSlow is told how many octets are looked at one by one */
export function decoderOf(
  encoding: TransferEncoding,
  onSlow: (octets: number) => void = ignore,
): Decoder & { readonly end?: () => Buffer } {
  const slowly =
    (decode: (unit: Buffer) => Buffer): ((unit: Buffer) => Buffer) =>
    (unit) => {
      onSlow(unit.length);
      return decode(unit);
    };
  switch (encoding) {
    case 'base64':
      return new Base64Decoder(onSlow);
    case 'quoted-printable':
      return { decode: slowly(decodeQuotedPrintable) };
    case 'uuencode':
      return { decode: slowly((unit) => decodeUuencoded(unit.toString('latin1'))) };
    default:
      return IDENTITY;
  }
}

function ignore(): void {}
