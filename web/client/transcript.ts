/** Reads the transcript of a session, whole: a long one comes in parts. */
import type { Transcript } from '../../functions/admin/contract/answers/event-answer.ts';
import { call } from './api.ts';
import { path, withQuery } from './path.ts';

/** Events of a part, the most that the API gives. */
const PART = 1000;

/** @throws ApiFailure */
export async function readTranscript(id: string, signal?: AbortSignal): Promise<Transcript> {
  const read = async (next?: string): Promise<Transcript> => {
    const at = withQuery(path`/sessions/${id}`, { limit: PART, next });
    return (await call<Transcript>({ path: at, signal })).value;
  };
  let whole = await read();
  for (let { next } = whole; next !== undefined; ) {
    const part = await read(next);
    whole = {
      ...whole,
      ...part,
      startedAt: whole.startedAt,
      policyVersions: [...new Set([...whole.policyVersions, ...part.policyVersions])],
      commands: [...whole.commands, ...part.commands],
      events: [...whole.events, ...part.events],
    };
    next = part.next;
  }
  return whole;
}
