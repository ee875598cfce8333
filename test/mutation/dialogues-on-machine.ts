/** The golden dialogues, each once and without sockets: what mutation testing can afford of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { it } from 'vitest';
import { parseDialogue } from '../dialogues/dialogue.ts';
import { MachinePeer } from '../dialogues/machine-peer.ts';
import { play } from '../dialogues/play.ts';
import { makeScene } from '../dialogues/scene.ts';
import { WHOLE } from '../support/segmentation.ts';

const FOLDER = posix.join(import.meta.dirname, '../dialogues');
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.smtp'));

it.each(FILES)('%s', async (file) => {
  const dialogue = parseDialogue(readFileSync(posix.join(FOLDER, file), 'utf8'));

  await play(dialogue, new MachinePeer(makeScene(dialogue.setup), WHOLE));
});
