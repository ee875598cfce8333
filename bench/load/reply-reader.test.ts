import { expect, it } from 'vitest';
import { ReplyReader } from './reply-reader.ts';

it.each([
  { chunks: ['220 mx\r\n'], replies: ['220 mx'] },
  { chunks: ['250 one\r\n250 two\r\n354 go\r\n'], replies: ['250 one', '250 two', '354 go'] },
  { chunks: ['250-mx\r\n250-SIZE 1\r\n250 HELP\r\n'], replies: ['250-mx\n250-SIZE 1\n250 HELP'] },
  { chunks: ['250-m', 'x\r', '\n250 HE', 'LP\r\n25'], replies: ['250-mx\n250 HELP'] },
  { chunks: ['250\r\n'], replies: ['250'] },
])('reads $replies', ({ chunks, replies }) => {
  const reader = new ReplyReader();

  const read = chunks.flatMap((chunk) => reader.receive(chunk));

  expect(read).toEqual(replies);
});
