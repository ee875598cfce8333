/** The commonest passwords, which whoever guesses tries first (NIST SP 800-63B section 5.1.1.2). */
import { preparePassword } from '../../../policy/password.ts';

/** How many count, from the commonest on. */
const COUNT = 10_000;

let common: Promise<ReadonlySet<string>> | undefined;

/** Whether a password is one of the commonest, in whatever case and spelling. */
export async function isCommonPassword(password: string): Promise<boolean> {
  const prepared = preparePassword(password);
  common ??= readCommon();
  return prepared.ok && (await common).has(prepared.value.toLowerCase());
}

/** Only once somebody gives a password: the list takes 50 ms to unpack. */
async function readCommon(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'].slice(0, COUNT));
}
