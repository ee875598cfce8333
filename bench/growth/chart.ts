/** From figures to what is drawn. */
import type { TrafficResult } from '../run.ts';
import { spread } from '../statistics.ts';
import type { DrawnFigure, Sweep } from './sweeps.ts';

/** A point of a line, with the least and the most of its rounds. */
export interface ChartPoint {
  readonly subject: string;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

export interface Chart {
  /** Names the file. */
  readonly name: string;
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly yScale: 'linear' | 'log';
  readonly points: readonly ChartPoint[];
}

export interface SweepResult {
  readonly sweep: Sweep;
  readonly points: readonly { readonly at: number; readonly result: TrafficResult }[];
}

/** A chart for each figure of a sweep. */
export function chartsOf({ sweep, points }: SweepResult): Chart[] {
  return sweep.figures.map((drawn) => ({
    name: `growth-${sweep.name}-${drawn.name}`,
    title: sweep.title,
    xTitle: sweep.axis,
    yTitle: drawn.title,
    yScale: drawn.scale,
    points: points.flatMap(({ at, result }) => pointsOf(result, drawn, at)),
  }));
}

function pointsOf({ subjects }: TrafficResult, { of }: DrawnFigure, at: number): ChartPoint[] {
  return subjects.map(({ name, rounds }) => {
    const { median, min, max } = spread(rounds.map((round) => of(round, at)));
    return { subject: name, x: at, y: median, low: min, high: max };
  });
}
