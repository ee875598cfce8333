/** Draws a chart as SVG, by Vega: no browser, no DOM, no native code. */
import type { Spec } from 'vega';
import type { Chart } from './chart.ts';

const WIDTH = 560;
const HEIGHT = 300;

/** The text of an SVG file. Loads Vega, which takes a moment. */
export async function draw(chart: Chart): Promise<string> {
  const { parse, View } = await import('vega');
  const view = new View(parse(specificationOf(chart)), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Lines over a logarithmic axis, each point with the least and the most of its rounds; a linear y begins at zero. */
function specificationOf({ title, xTitle, yTitle, yScale, points }: Chart): Spec {
  const x = { scale: 'x', field: 'x' };
  const stroke = { scale: 'subject', field: 'subject' };
  const ticks = [...new Set(points.map((point) => point.x))];
  return {
    width: WIDTH,
    height: HEIGHT,
    padding: 8,
    background: 'white',
    title: { text: title, anchor: 'start' },
    data: [{ name: 'points', values: points.map((point) => ({ ...point })) }],
    scales: [
      { name: 'x', type: 'log', range: 'width', domain: { data: 'points', field: 'x' } },
      {
        name: 'y',
        range: 'height',
        nice: true,
        domain: { data: 'points', fields: ['low', 'high'] },
        ...(yScale === 'log' ? { type: 'log' } : { type: 'linear', zero: true }),
      },
      { name: 'subject', type: 'ordinal', range: 'category', domain: { data: 'points', field: 'subject' } },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: xTitle, values: ticks, format: ',', grid: true },
      { orient: 'left', scale: 'y', title: yTitle, tickCount: 8, grid: true },
    ],
    legends: [{ stroke: 'subject', symbolType: 'stroke', orient: 'right' }],
    marks: [
      {
        type: 'group',
        from: { facet: { name: 'line', data: 'points', groupby: 'subject' } },
        marks: [
          {
            type: 'line',
            from: { data: 'line' },
            encode: { enter: { x, y: { scale: 'y', field: 'y' }, stroke, strokeWidth: { value: 2 } } },
          },
          {
            type: 'rule',
            from: { data: 'line' },
            encode: { enter: { x, y: { scale: 'y', field: 'low' }, y2: { scale: 'y', field: 'high' }, stroke } },
          },
          {
            type: 'symbol',
            from: { data: 'line' },
            encode: { enter: { x, y: { scale: 'y', field: 'y' }, fill: stroke, size: { value: 36 } } },
          },
        ],
      },
    ],
  };
}
