/** Undoes a transfer encoding of a stream that comes in units of whole lines. */
import type { TransferEncoding } from './content-fields.ts';
import { decodeQuotedPrintable, decodeUuencoded } from './transfer-decoding.ts';

export interface Decoder {
  decode(unit: Buffer): Buffer;
}

/** Base64 goes on over units: what is left of four octets waits for the next. */
class Base64Decoder implements Decoder {
  #left = '';

  decode(unit: Buffer): Buffer {
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
const QUOTED_PRINTABLE: Decoder = { decode: decodeQuotedPrintable };
const UUENCODE: Decoder = { decode: (unit) => decodeUuencoded(unit.toString('latin1')) };

export function decoderOf(encoding: TransferEncoding): Decoder & { readonly end?: () => Buffer } {
  switch (encoding) {
    case 'base64':
      return new Base64Decoder();
    case 'quoted-printable':
      return QUOTED_PRINTABLE;
    case 'uuencode':
      return UUENCODE;
    default:
      return IDENTITY;
  }
}
