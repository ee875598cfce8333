/** Options that `events` and `sessions` share. */
import { wholeNumberOption } from '../../arguments.ts';
import { UsageError } from '../../cli-error.ts';
import type { EventQuery } from '../../follow.ts';
import { type Clock, spanOf } from '../../time-option.ts';

export const EVENT_OPTIONS = {
  since: { type: 'string' },
  until: { type: 'string' },
  address: { type: 'string' },
  client: { type: 'string' },
  identity: { type: 'string' },
  user: { type: 'string' },
  limit: { type: 'string' },
  refused: { type: 'boolean' },
  follow: { type: 'boolean' },
} as const;

export const TIME_OPTIONS_HELP = `  --since TIME      so long ago (90m, 2h, 7d, 1w), today, yesterday, 09:00, 2026-03-01, 2026-03-01T12:00, or with a zone
                    2026-03-01T12:00:00Z; what names no zone is in the local one. Without it, 24 hours ago
  --until TIME      likewise; without it, now
`;

export const EVENT_OPTIONS_HELP = `${TIME_OPTIONS_HELP}  --client IP       of the client; --address is the same
  --user USER       who logged in, or tried to; --identity is the same
  --refused         only what was refused, put off or failed
  --limit N         how many; 100 where nothing is said, 0 for all
  --follow          shows new ones as they come, until Ctrl-C
`;

const DEFAULT_LIMIT = 100;

type EventValues = {
  readonly [Name in Exclude<keyof typeof EVENT_OPTIONS, 'follow' | 'refused'>]?: string | undefined;
} & {
  readonly follow?: boolean | undefined;
};

export function eventQuery(values: EventValues, clock: Clock): EventQuery {
  if (values.follow === true && values.until !== undefined) throw new UsageError('--follow takes no --until');
  return {
    ...spanOf(values, clock),
    address: oneOf('--client', values.client, '--address', values.address),
    identity: oneOf('--user', values.user, '--identity', values.identity),
  };
}

function oneOf(name: string, value: string | undefined, other: string, same: string | undefined): string | undefined {
  if (value !== undefined && same !== undefined) throw new UsageError(`${name} and ${other} are the same: give one`);
  return value ?? same;
}

/** `undefined`: all of them. */
export function eventLimit({ limit }: EventValues): number | undefined {
  const wanted = wholeNumberOption(limit, '--limit') ?? DEFAULT_LIMIT;
  return wanted === 0 ? undefined : wanted;
}
