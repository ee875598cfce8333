/**
 * What the scanner tells of each evasive message: parts, names, kinds, texts and oddities, word for word. A change of any
 * of it is looked at here before it is taken for right: `npx vitest run test/differential/mime/evasive-facts -u`.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { MimeFacts, PartFacts } from '../../../policy/screen/message-facts.ts';
import { EICAR } from '../../support/evasion.ts';
import { factsOf } from '../../support/mime-facts.ts';
import { evasiveCharsets } from './evasive-charsets.ts';
import { evasiveEncodings } from './evasive-encodings.ts';
import { evasiveNames } from './evasive-names.ts';
import { evasiveStructures } from './evasive-structures.ts';

const KNOWN = join(import.meta.dirname, 'evasive-facts.golden');
/** Characters of a text that are shown. */
const SHOWN = 100;

function quoted(texts: readonly string[]): string {
  // Beyond ASCII as escapes, so that what turns or joins its neighbours is seen.
  return (
    texts
      // No scanner is to find it in the file.
      .map((text) => text.replaceAll(EICAR, 'EICAR'))
      .map((text) => (text.length > SHOWN ? `${text.slice(0, SHOWN)}… of ${text.length}` : text))
      .map((text) =>
        JSON.stringify(text).replaceAll(/[^ -~]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`),
      )
      .join(' ')
  );
}

function partLine({ mimeTypes, names, namesInside, types, octets, isAttachment }: PartFacts): string {
  return [
    // How well an archive is compressed depends on the processor.
    types.includes('archive') ? 'archive' : `part ${octets}`,
    isAttachment ? 'attached' : 'shown',
    mimeTypes.join(' or '),
    ...(names.length === 0 ? [] : ['named', quoted(names)]),
    ...(namesInside.length === 0 ? [] : ['with', quoted(namesInside)]),
    ...(types.length === 0 ? [] : ['is', types.join(', ')]),
  ].join(' ');
}

function linesOf({ parts, structure, text }: MimeFacts): readonly string[] {
  return [
    ...parts.map(partLine),
    ...text.map((each) => `text ${quoted([each])}`),
    ...structure.map(({ flag, reason }) => `${flag} ${reason}`),
  ];
}

it('tells of each evasive message what it told before', async () => {
  const evasions = [...evasiveCharsets(), ...evasiveEncodings(), ...evasiveNames(), ...evasiveStructures()];

  const told = evasions.map(({ name, octets }) =>
    [name, ...linesOf(factsOf(octets, { needs: { header: false, text: true } }))].join('\n  '),
  );

  await expect(`${told.join('\n')}\n`).toMatchFileSnapshot(KNOWN);
});
