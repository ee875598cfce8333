/** One message on its way through the screening rules of a server: content in, the verdict and its record out. */
import type { ScreenRecord } from '../../policy/event.ts';
import type { MimeFacts } from '../../policy/screen/message-facts.ts';
import {
  judgeScreen,
  neededFacts,
  type ScreenEnvelope,
  type ScreenMatch,
  type ScreenVerdict,
} from '../../policy/screen/screen-rule.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { MimeScanner } from './mime/mime-scanner.ts';

/** Parts, names and facts that a record keeps of one message. */
export const MAX_RECORDED = 20;
/** Characters of a recorded name; one that was longer has one more. */
export const MAX_RECORDED_NAME = 200;

export interface Screened {
  readonly verdict: ScreenVerdict;
  readonly record: ScreenRecord;
}

export class Screening {
  readonly #policy: Policy;
  readonly #envelope: ScreenEnvelope;
  readonly #scanner: MimeScanner;

  constructor(policy: Policy, envelope: ScreenEnvelope) {
    this.#policy = policy;
    this.#envelope = envelope;
    this.#scanner = new MimeScanner({ needs: neededFacts(policy.screens), isDotStuffed: true });
  }

  /** Takes content as it stands between DATA and the end of data, dot-stuffed. */
  receive(octets: Uint8Array): void {
    this.#scanner.receive(octets);
  }

  /** Judges the message; to be asked once. */
  end(): Screened {
    const facts = this.#scanner.end();
    const { screens, settings } = this.#policy;
    const verdict = judgeScreen(screens, facts, this.#envelope, settings);
    return { verdict, record: recordOf(verdict, facts) };
  }
}

/** What events keep: never content, no more than a page. */
export function recordOf({ action, decisive, tagged, reported }: ScreenVerdict, facts: MimeFacts): ScreenRecord {
  const matches = [...tagged, ...(decisive === undefined ? [] : [decisive])];
  return {
    action,
    ...(decisive === undefined ? {} : { rule: decisive.rule }),
    matches: matches.map(matchRecord),
    reported: reported.map(matchRecord),
    structure: facts.structure.slice(0, MAX_RECORDED).map(({ flag, reason }) => ({ flag, reason })),
    parts: facts.parts.slice(0, MAX_RECORDED).map(({ names, namesInside, mimeTypes, types, octets, isAttachment }) => ({
      names: names.slice(0, MAX_RECORDED).map(cut),
      namesInside: namesInside.slice(0, MAX_RECORDED).map(cut),
      mimeTypes: mimeTypes.slice(0, MAX_RECORDED).map(cut),
      types: [...types],
      octets,
      isAttachment,
    })),
    ...(facts.parts.length > MAX_RECORDED ? { partsOmitted: facts.parts.length - MAX_RECORDED } : {}),
  };
}

function matchRecord({ rule, action, facts }: ScreenMatch): ScreenRecord['matches'][number] {
  return { rule, action, facts: facts.map(cut) };
}

function cut(text: string): string {
  return text.length > MAX_RECORDED_NAME ? `${text.slice(0, MAX_RECORDED_NAME).toWellFormed()}…` : text;
}
