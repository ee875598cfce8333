/** The picture of a session's states in docs/flow.md is the table that drives the machine. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { TRANSITIONS } from '../protocol/session/session-state.ts';

const FLOW = readFileSync(posix.join(import.meta.dirname, '../docs/flow.md'), 'utf8');

/** Mermaid takes a hyphen for the beginning of an arrow. */
function stateName(kind: string): string {
  return kind.replaceAll('-', '_');
}

/** An arrow for each two states, with all events that lead from one to the other; the end is left out. */
function arrows(): string[] {
  return Object.entries(TRANSITIONS).flatMap(([kind, events]) => {
    const byTarget = new Map<string, string[]>();
    for (const [event, next] of Object.entries(events)) {
      if (event !== 'end') byTarget.set(next, [...(byTarget.get(next) ?? []), event]);
    }
    return [...byTarget].map(([next, names]) => `${stateName(kind)} --> ${stateName(next)}: ${names.join(', ')}`);
  });
}

it('docs/flow.md draws every transition of the table, and no other', () => {
  const [, picture = ''] = /```mermaid\nstateDiagram-v2\n([\s\S]*?)```/.exec(FLOW) ?? [];
  const drawn = picture
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes('-->'));

  expect(drawn).toEqual(['[*] --> connected', ...arrows()]);
});
