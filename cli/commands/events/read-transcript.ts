/** Reads the transcript of a session, whole. */
import { type Transcript, transcriptAnswer } from '../../../functions/admin/contract/answers/event-answer.ts';
import { ApiError } from '../../api/api-error.ts';
import { path, withQuery } from '../../api/path.ts';
import type { Context } from '../../context.ts';

export interface WholeTranscript {
  readonly transcript: Transcript;
  /** As the API gave them: a long session comes in parts. */
  readonly parts: readonly unknown[];
}

/** `undefined` when there is no such session. */
export async function readTranscript(session: string, { api }: Context): Promise<WholeTranscript | undefined> {
  const parts: unknown[] = [];
  let transcript: Transcript | undefined;
  let next: string | undefined;
  try {
    do {
      const at = withQuery(path`/sessions/${session}`, { limit: 1000, next });
      const { value, raw } = await api.call({ path: at, doing: `show ${session}`, answer: transcriptAnswer });
      parts.push(raw);
      transcript = transcript === undefined ? value : joined(transcript, value);
      next = value.next;
    } while (next !== undefined);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404 && transcript === undefined) return undefined;
    throw error;
  }
  return { transcript, parts };
}

function joined(first: Transcript, second: Transcript): Transcript {
  return {
    ...first,
    ...second,
    startedAt: first.startedAt,
    policyVersions: [...new Set([...first.policyVersions, ...second.policyVersions])],
    commands: [...first.commands, ...second.commands],
    events: [...first.events, ...second.events],
  };
}
