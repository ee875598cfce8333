/** Random legal dialogues have the same classes of reply, and deliver the same messages, as with servers of long standing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALLOWED_DIFFERENCES } from './allowed-differences.ts';
import { type DialogueOptions, dialogues } from './dialogue.ts';
import { PosternSubject } from './postern-subject.ts';
import { PostfixSubject, postfixMissing } from './postfix-subject.ts';
import { playSideBySide } from './side-by-side.ts';
import { SmtpServerSubject } from './smtp-server-subject.ts';
import type { Subject } from './subject.ts';

const SEED = 20_260_102;

/** Throws at the first difference that is not allowed, with the shortest dialogue that shows it. */
async function compare(peer: Subject, options: DialogueOptions, numRuns: number): Promise<ReadonlySet<string>> {
  const ours = await PosternSubject.start(options.hasAuth ? 'offered' : 'none');
  const used = new Set<string>();
  try {
    await fc.assert(
      fc.asyncProperty(dialogues(options), async (dialogue) => {
        const { unknown, allowed } = await playSideBySide(dialogue, ours, peer);
        for (const name of allowed) used.add(name);

        expect(unknown).toEqual([]);
      }),
      { seed: SEED, numRuns, interruptAfterTimeLimit: 60_000 },
    );
  } finally {
    await ours.stop();
    await peer.stop();
  }
  return used;
}

function namesOf(peer: Subject['name']): string[] {
  return ALLOWED_DIFFERENCES.filter((entry) => entry.peer === peer).map(({ name }) => name);
}

describe('Postern', () => {
  it('answers as npm smtp-server does, but for differences that have a reason', async () => {
    const peer = await SmtpServerSubject.start();

    const used = await compare(peer, { hasAuth: true }, 40);

    expect(namesOf('smtp-server')).toEqual(expect.arrayContaining([...used]));
  }, 60_000);

  const missing = postfixMissing();
  it.skipIf(missing !== undefined)(
    `answers as Postfix does, but for differences that have a reason${missing === undefined ? '' : ` (${missing})`}`,
    async () => {
      const peer = await PostfixSubject.start();

      const used = await compare(peer, { hasAuth: false }, 100);

      expect(namesOf('postfix')).toEqual(expect.arrayContaining([...used]));
    },
    60_000,
  );
});

describe('each allowed difference', () => {
  it.each(ALLOWED_DIFFERENCES)('$name: has a reason and what it rests on', ({ name, peer, reason, section }) => {
    expect(name.toLowerCase()).toContain(peer);
    expect(reason).toMatch(/\.$/);
    expect(section).toMatch(/^RFC \d+ section [\d.]+$/);
  });
});
