/** Each `*.smtp` file, on the machine in every segmentation, and over sockets. */
import { readdirSync, readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { SEGMENTATIONS } from '../support/segmentation.ts';
import { parseDialogue } from './dialogue.ts';
import { MachinePeer } from './machine-peer.ts';
import { play } from './play.ts';
import { makeScene } from './scene.ts';
import { makeSecureContext, SocketPeer } from './socket-peer.ts';

const FOLDER = import.meta.dirname;
const DIALOGUES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.smtp'))
  .sort()
  .map((file) => ({ file, dialogue: parseDialogue(readFileSync(`${FOLDER}/${file}`, 'utf8')) }));

it.each(DIALOGUES)('$file says what it proves', ({ dialogue }) => {
  expect(dialogue.claim).not.toBe('');
  expect(dialogue.steps.length).toBeGreaterThan(0);
});

describe.each(SEGMENTATIONS)('on the machine, input $name', (segmentation) => {
  it.each(DIALOGUES)('$file: $dialogue.claim', async ({ dialogue }) => {
    await play(dialogue, new MachinePeer(makeScene(dialogue.setup), segmentation));
  });
});

describe('over sockets', () => {
  let secureContext: SecureContext;
  // Time over sockets is no one's to set.
  const timeless = DIALOGUES.filter(({ dialogue }) => dialogue.steps.every((step) => step.kind !== 'wait'));

  beforeAll(async () => {
    secureContext = await makeSecureContext();
  });

  it.each(timeless)('$file: $dialogue.claim', async ({ dialogue }) => {
    const peer = new SocketPeer(makeScene(dialogue.setup), secureContext);
    await peer.start();
    try {
      await play(dialogue, peer);
    } finally {
      await peer.stop();
    }
  });
});
