import { expect, it } from 'vitest';
import { trafficOf } from '../test-support/figures.ts';
import { type Chart, chartsOf } from './chart.ts';
import { draw } from './draw.ts';
import { SWEEPS } from './sweeps.ts';

const [sessions] = SWEEPS;

function chart(): Chart {
  if (sessions === undefined) throw new TypeError('There is no sweep');
  const points = sessions.points.map(({ at, workload }) => {
    const rounds = [300, 100, 200].map((micros) => ({ cpuMicros: micros + at }));
    return { at, result: trafficOf(workload, { postern: rounds }) };
  });
  const [first] = chartsOf({ sweep: sessions, points });
  if (first === undefined) throw new TypeError('There is no chart');
  return first;
}

it('draws medians between the least and the most of all rounds', () => {
  const { name, points } = chart();

  expect(name).toBe('growth-sessions-cpu');
  expect(points[0]).toEqual({ subject: 'postern', x: 1, y: 201, low: 101, high: 301 });
  expect(points.map(({ x }) => x)).toEqual([1, 10, 100, 1000]);
});

it('is an SVG with its axes and its subjects named', async () => {
  const svg = await draw(chart());

  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  for (const text of ['concurrent sessions', 'CPU µs a message', 'postern', '>1,000<']) expect(svg).toContain(text);
  expect(
    svg.match(/aria-roledescription="symbol mark container"[^>]*>(?:<path [^>]*>(?:<\/path>)?)+/)?.[0],
  ).toBeDefined();
});

it('names every chart once', () => {
  const names = SWEEPS.flatMap(({ name, figures }) => figures.map((figure) => `${name} ${figure.name}`));

  expect(new Set(names).size).toBe(names.length);
});
