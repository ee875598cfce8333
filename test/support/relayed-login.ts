/** A hop that judges logins, seen from the machine: what it offers, and what it says to each line of AUTH. */
import type { PolicyAttributes } from '../../policy/item.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { RelayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';
import type { Answers } from './answers.ts';
import { everyWay, type Move } from './every-way.ts';
import type { DriverOptions, MachineDriver } from './machine-driver.ts';
import { testPolicy } from './policy.ts';

export const RELAYED = {
  authentication: 'offered',
  authenticator: 'next-hop',
  authenticationRequiresTls: false,
} as const;
export const TAKEN: RelayedLoginReply = { kind: 'taken' };
export const BAD: RelayedLoginReply = { kind: 'refused', reply: REPLIES.credentialsInvalid, detail: '535' };
/** A digest of CRAM-MD5, in form only. */
export const DIGEST = 'b913a602c7eda7a495b4e6e7334d3890';
export const DEFERRED = '454 4.7.0 Temporary authentication failure\r\n';
export const REFUSED = '535 5.7.8 Authentication credentials invalid\r\n';
export const SUCCESS = '235 2.7.0 Authentication succeeded\r\n';
export const BAD_BASE64 = '501 5.5.2 Cannot decode response\r\n';
export const OK = '250 2.0.0 OK\r\n';

export function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}

export function challenge(text: string): RelayedLoginReply {
  return { kind: 'challenge', text: base64(text) };
}

/** A hop that offers `mechanisms` and gives `script` in turn, again and again. */
export function hop(script: readonly RelayedLoginReply[], mechanisms?: readonly string[]): Partial<Answers> {
  const offered = mechanisms ?? ['SCRAM-SHA-256', 'CRAM-MD5', 'PLAIN', 'LOGIN', 'XOAUTH2', 'SRP'];
  let step = 0;
  return {
    mechanisms: () => offered,
    hopAuth: () => {
      step += 1;
      return script[(step - 1) % script.length] ?? TAKEN;
    },
  };
}

export interface Scene {
  readonly script?: readonly RelayedLoginReply[];
  readonly mechanisms?: readonly string[];
  readonly settings?: PolicyAttributes;
}

export function relayOptions({ script = [TAKEN], mechanisms, settings = {} }: Scene = {}): DriverOptions {
  return { policy: testPolicy({ ...RELAYED, ...settings }), answers: hop(script, mechanisms) };
}

/** Plays it whole; `everyWay` needs the hop's script to begin anew with each run, which a script of one lap has. */
export function play(scene: Scene, ...moves: Move[]): MachineDriver {
  return everyWay(relayOptions(scene), 'EHLO c\r\n', ...moves);
}
