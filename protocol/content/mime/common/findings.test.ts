import { describe, expect, it } from 'vitest';
import { Findings } from './findings.ts';
import {
  MAX_FALSE_HITS,
  MAX_HEAD_LINES,
  MAX_MESSAGE_TEXT_OCTETS,
  MAX_NAMES_INSIDE,
  MAX_PARTS,
  MAX_READING_OCTETS,
  MAX_SLOW_OCTETS,
} from './limits.ts';

function times(count: number, act: () => unknown): void {
  for (let done = 0; done < count; done += 1) act();
}

describe('a bound of a message', () => {
  it.each<[reason: string, reach: (findings: Findings) => void, pass: (findings: Findings) => void]>([
    ['too-many-parts', (found) => times(MAX_PARTS, () => found.startPart()), (found) => found.startPart()],
    ['too-many-delimiters', (found) => found.falseHit(MAX_FALSE_HITS), (found) => found.falseHit()],
    ['too-many-parameters', (found) => found.takeReading(MAX_READING_OCTETS), (found) => found.takeReading(1)],
    [
      'too-many-fields',
      (found) => times(MAX_HEAD_LINES, () => found.startHeadLine()),
      (found) => found.startHeadLine(),
    ],
    ['too-irregular', (found) => found.lookSlowly(MAX_SLOW_OCTETS), (found) => found.lookSlowly(1)],
  ])('%s ends it when it is passed, and not when it is reached', (reason, reach, pass) => {
    const findings = new Findings();
    reach(findings);
    expect([findings.isOver, findings.structure]).toEqual([false, []]);

    pass(findings);
    pass(findings);

    expect([findings.isOver, findings.structure]).toEqual([true, [{ flag: 'unreadable', reason }]]);
    expect(findings.oddities).toBe(1);
  });

  it('is told of alone: what is given up is not given up again', () => {
    const findings = new Findings();
    findings.giveUp('too-deep', 'too-deep');
    findings.giveUp('unreadable', 'too-many-parts');

    expect(findings.structure).toEqual([{ flag: 'too-deep', reason: 'too-deep' }]);
  });
});

describe('readings', () => {
  it('may be had while there is a budget, and the message is not over', () => {
    const findings = new Findings();

    expect([findings.takeReading(MAX_READING_OCTETS), findings.takeReading(1)]).toEqual([true, false]);
    const over = new Findings();
    over.giveUp('unreadable', 'x');
    expect(over.takeReading(1)).toBe(false);
  });
});

describe('names inside', () => {
  it('are kept up to a number, and told of beyond', () => {
    const findings = new Findings();
    let kept = 0;
    times(MAX_NAMES_INSIDE + 2, () => {
      kept += findings.takeNameInside() ? 1 : 0;
    });

    expect(kept).toBe(MAX_NAMES_INSIDE);
    expect(findings.structure).toEqual([{ flag: 'unreadable', reason: 'too-many-names-inside' }]);
    expect(findings.isOver).toBe(false);
  });

  it('may stand in three entries each', () => {
    const findings = new Findings();
    let taken = 0;
    times(3 * MAX_NAMES_INSIDE + 2, () => {
      taken += findings.takeEntry() ? 1 : 0;
    });

    expect(taken).toBe(3 * MAX_NAMES_INSIDE);
    expect(findings.structure).toEqual([{ flag: 'unreadable', reason: 'too-many-names-inside' }]);
  });
});

it('text is taken as long as there is room in the message', () => {
  const findings = new Findings();

  expect([findings.takeText(MAX_MESSAGE_TEXT_OCTETS - 1), findings.takeText(3), findings.takeText(3)]).toEqual([
    MAX_MESSAGE_TEXT_OCTETS - 1,
    1,
    0,
  ]);
});

it('an oddity is listed once, and counted each time', () => {
  const findings = new Findings();
  findings.odd('ambiguous', 'a');
  findings.odd('ambiguous', 'a');
  findings.odd('partial', 'a');

  expect(findings.structure).toEqual([
    { flag: 'ambiguous', reason: 'a' },
    { flag: 'partial', reason: 'a' },
  ]);
  expect(findings.oddities).toBe(3);
});
