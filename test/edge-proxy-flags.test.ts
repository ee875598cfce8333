/** What is measured, and what runs embedded, runs as the image does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EDGE_PROXY_FLAGS } from '../local/child-environment.ts';

it("the image has the embedded run's flags of Node, and its share of the container's memory", () => {
  const image = readFileSync(join(import.meta.dirname, '..', 'edge-proxy', 'Dockerfile'), 'utf8');
  const command: unknown = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(image)?.[1] ?? '');

  expect(command).toEqual([
    'node',
    '--max-old-space-size-percentage=50',
    ...EDGE_PROXY_FLAGS,
    '/postern/edge-proxy.mjs',
  ]);
});
