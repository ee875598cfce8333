/** What a mail client says in a SASL exchange, written from the RFCs and not from the screen's own reading of them. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The client's side: its first message, if it speaks first, and its answer to each challenge. */
export interface SaslClient {
  readonly initial?: string;
  answer(challenge: string): string;
}

export function saslClient(mechanism: string, { username, password }: Credentials): SaslClient {
  switch (mechanism) {
    case 'PLAIN':
      return { initial: `\0${username}\0${password}`, answer: () => '' };
    case 'LOGIN':
      return { answer: (challenge) => (/^user/i.test(challenge) ? username : password) };
    case 'CRAM-MD5': // RFC 2195
      return {
        answer: (challenge) => `${username} ${createHmac('md5', password).update(challenge).digest('hex')}`,
      };
    case 'SCRAM-SHA-1':
      return scram('sha1', { username, password });
    case 'SCRAM-SHA-256':
      return scram('sha256', { username, password });
    default:
      throw new TypeError(`Cannot speak ${mechanism}`);
  }
}

/** RFC 5802 section 3. */
function scram(hash: 'sha1' | 'sha256', { username, password }: Credentials): SaslClient {
  const nonce = randomBytes(18).toString('base64');
  const bare = `n=${username},r=${nonce}`;
  const length = hash === 'sha1' ? 20 : 32;
  let signature = '';
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const prove = (challenge: string): string => {
    const [, serverNonce = '', salt = '', iterations = ''] = /^r=(.*),s=(.*),i=(\d+)$/.exec(challenge) ?? [];
    if (!serverNonce.startsWith(nonce)) throw new Error(`Not our nonce: ${challenge}`);
    const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), length, hash);
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash(hash).update(clientKey).digest();
    const withoutProof = `c=biws,r=${serverNonce}`;
    const all = `${bare},${challenge},${withoutProof}`;
    const proof = hmac(storedKey, all).map((octet, index) => octet ^ (clientKey[index] ?? 0));
    signature = hmac(hmac(salted, 'Server Key'), all).toString('base64');
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  };
  return {
    initial: `n,,${bare}`,
    answer: (challenge) => {
      if (!challenge.startsWith('v=')) return prove(challenge);
      if (challenge !== `v=${signature}`) throw new Error('The server does not know the password');
      return '';
    },
  };
}
