/** Guesses passwords: three a session, on many connections at once, for users that are and users that are not. */
import type { Attack } from './attack.ts';
import { converse, dial, keepVisiting, secure } from './attack-socket.ts';

export const guessPasswords: Attack = async (target) => {
  let guesses = 0;
  await keepVisiting(target.count, async (index) => {
    const raw = dial(target.submissions, index, target);
    const socket = await secure(raw);
    if (socket === undefined) return;
    await converse(socket, 'EHLO attacker.example\r\n', 2);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      guesses += 1;
      const username = guesses % 2 === 0 ? 'alice@example.com' : `nobody${guesses}@example.com`;
      const response = Buffer.from(`\0${username}\0guess-${guesses}`).toString('base64');
      if (!(await converse(socket, `AUTH PLAIN ${response}\r\n`, 1))) break;
    }
    socket.destroy();
  });
};
