/** The two choices with which every search of sessions and messages begins. */
import { useServers } from '../client/servers.ts';
import { refine } from '../client/view.ts';
import { SPANS } from '../core/words.ts';
import { Choice } from '../parts/small.tsx';

/** What a search is asked for, by the page's address. */
export interface SearchOptions {
  readonly query: Readonly<Record<string, string>>;
  readonly span: string;
}

export function ServerAndTime({ query, span }: SearchOptions) {
  const servers = useServers().value ?? [];
  return (
    <>
      <Choice
        label="Server"
        value={query.server ?? ''}
        choices={[['', 'all'], ...servers.map(({ server }) => [server, server] as const)]}
        onChange={(server) => refine({ server, page: undefined })}
      />
      <Choice
        label="Time"
        value={span}
        choices={Object.entries(SPANS)}
        onChange={(value) => refine({ span: value, page: undefined })}
      />
    </>
  );
}
