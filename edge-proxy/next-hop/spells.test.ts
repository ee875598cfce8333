import { expect, it } from 'vitest';
import type { LogFields } from '../log.ts';
import { type Spell, Spells } from './spells.ts';

const HOP = { nextHop: 'smtp://in.example:25', host: 'a.example:25' };

it('are told of once when they begin and once when they are over, to the log and to who keeps events', () => {
  const lines: LogFields[] = [];
  const told: Spell[] = [];
  let nowMs = 0;
  const spells = new Spells(
    (fields) => lines.push(fields),
    (spell) => told.push(spell),
    () => nowMs,
  );

  spells.end('next-hop-host-failed', HOP);
  spells.begin('next-hop-host-failed', HOP, 'ECONNREFUSED');
  spells.begin('next-hop-host-failed', HOP, 'late');
  nowMs = 61_400;
  spells.end('next-hop-host-failed', HOP);
  spells.end('next-hop-host-failed', HOP);

  expect(lines).toEqual([
    { event: 'next-hop-host-failed', ...HOP, problem: 'ECONNREFUSED' },
    { event: 'next-hop-recovered', ...HOP, from: 'next-hop-host-failed', seconds: 61 },
  ]);
  expect(told).toEqual([
    { trouble: 'next-hop-host-failed', ...HOP, problem: 'ECONNREFUSED' },
    { trouble: 'next-hop-host-failed', ...HOP },
  ]);
});
