/** An issuer of tokens for tests: a real HTTP server with metadata and keys, which signs what it is told to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

const METADATA_PATH = '/.well-known/openid-configuration';
const KEYS_PATH = '/keys';

export const AUDIENCE = 'postern';

/** Anything, so that a token can be wrong in any way; `undefined` takes away. */
export type Changes = Readonly<Record<string, unknown>>;

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

export function json(document: unknown, status = 200): Answer {
  return (_request, response) => response.writeHead(status).end(JSON.stringify(document));
}

interface SigningKey {
  readonly jwk: JWK;
  readonly privateKey: PrivateKey;
}

export class TestIssuer {
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  /** Answers in place of its own, by path. */
  readonly answers = new Map<string, Answer>();
  /** Whether it hangs up on whoever asks. */
  isDown = false;
  readonly #server: Server;
  readonly #keys = new Map<string, SigningKey>();
  #published: readonly JWK[] = [];
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      if (this.isDown) {
        request.socket.destroy();
        return;
      }
      const path = request.url ?? '';
      this.asked.push(path);
      (this.answers.get(path) ?? this.#ownAnswer(path))(request, response);
    });
  }

  /** Listens, with one key of ES256 by the name `k1`. */
  static async start(): Promise<TestIssuer> {
    const issuer = new TestIssuer();
    await issuer.#listen();
    await issuer.addKey('k1', 'ES256');
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get metadataPath(): string {
    return METADATA_PATH;
  }

  get keysPath(): string {
    return KEYS_PATH;
  }

  get keys(): readonly JWK[] {
    return this.#published;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Makes a key, publishes it, and can sign with it from here on. */
  async addKey(kid: string, alg: string): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
    this.#keys.set(kid, { jwk, privateKey });
    this.publish([...this.#published, jwk]);
  }

  /** Says that these are its keys; it can still sign with others. */
  publish(keys: readonly JWK[]): void {
    this.#published = keys;
  }

  /** What a key is in the set of keys. */
  publicKey(kid: string): JWK {
    return this.#key(kid).jwk;
  }

  /** Signs a token of its own for `alice@example.com`, with changes to its claims and its header. */
  async sign(claims: Changes = {}, header: Changes = {}, by = 'k1'): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const payload = { iss: this.url, aud: AUDIENCE, exp: nowSeconds + 3600, email: 'alice@example.com', ...claims };
    const { privateKey, jwk } = this.#key(by);
    return new SignJWT(payload).setProtectedHeader({ alg: jwk.alg ?? '', kid: by, ...header }).sign(privateKey);
  }

  /** Signs any text as the claims, which an object may not be able to be. */
  signText(claims: string, by = 'k1'): Promise<string> {
    const { privateKey, jwk } = this.#key(by);
    return new CompactSign(Buffer.from(claims)).setProtectedHeader({ alg: jwk.alg ?? '', kid: by }).sign(privateKey);
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #key(kid: string): SigningKey {
    const key = this.#keys.get(kid);
    if (key === undefined) throw new TypeError(`No key ${kid} was made`);
    return key;
  }

  #ownAnswer(path: string): Answer {
    if (path === METADATA_PATH) return json({ issuer: this.url, jwks_uri: `${this.url}${KEYS_PATH}` });
    if (path === KEYS_PATH) return json({ keys: this.#published });
    return json({ error: 'not found' }, 404);
  }
}
