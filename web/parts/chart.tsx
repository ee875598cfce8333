/** A chart of counts by hour, with the same figures as a table for those who cannot see it. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { theme, zoneChoice, zoneOf } from '../client/preferences.ts';
import { useStore } from '../client/store.ts';
import { type ChartData, chartText, totalOf } from '../core/charts.ts';
import { hourText, momentText, type Zone } from '../core/words.ts';

/** Custom properties of page.css, one a series. */
const COLOURS: Readonly<Record<string, string>> = {
  accepted: '--good',
  permit: '--good',
  held: '--held',
  discarded: '--quiet',
  deferred: '--warn',
  defer: '--warn',
  abandoned: '--quiet',
  refused: '--bad',
  refusal: '--bad',
  reject: '--bad',
};

const HEIGHT = 150;

interface ChartOptions {
  readonly title: string;
  readonly data: ChartData;
  readonly words?: Readonly<Record<string, string>>;
}

export function Chart({ title, data, words = {} }: ChartOptions) {
  const box = useRef<HTMLDivElement>(null);
  const chosen = useStore(theme);
  const zone = zoneOf(useStore(zoneChoice));
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const plot = draw(element, { data, words, zone });
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => plot.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      observer.disconnect();
      plot.destroy();
    };
  }, [data, chosen, zone]);
  const named = { ...data, series: data.series.map((each) => ({ ...each, name: words[each.name] ?? each.name })) };
  return (
    <figure class="chart">
      <figcaption>
        {title} <span class="quiet">{totalOf(data) === 0 ? 'none' : chartText(named)}</span>
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={`${title} by hour: ${chartText(named)}`} />
      <ul class="legend" aria-hidden="true">
        {data.series.map(({ name }) => (
          <li key={name} class={`key ${COLOURS[name]?.slice(2) ?? 'quiet'}`}>
            {words[name] ?? name}
          </li>
        ))}
      </ul>
      <details>
        <summary>Figures</summary>
        <FigureTable data={named} />
      </details>
    </figure>
  );
}

function FigureTable({ data: { starts, series } }: { readonly data: ChartData }) {
  const rows = starts.map((start, at) => ({ start, counts: series.map(({ counts }) => counts[at] ?? 0) }));
  const filled = rows.filter(({ counts }) => counts.some((count) => count > 0));
  if (filled.length === 0) return <p>None in this time.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Hour</th>
          {series.map(({ name }) => (
            <th scope="col" key={name} class="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {filled.map(({ start, counts }) => (
          <tr key={start}>
            <th scope="row">{momentText(new Date(start * 1000).toISOString(), Date.now(), undefined)}</th>
            {counts.map((count, at) => (
              <td key={series[at]?.name} class="number">
                {count}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Drawing {
  readonly data: ChartData;
  readonly words: Readonly<Record<string, string>>;
  readonly zone: Zone;
}

function draw(element: HTMLElement, { data: { starts, series }, words, zone }: Drawing): uPlot {
  const colour = (name: string) => (): string => getComputedStyle(element).getPropertyValue(name);
  const axis = { stroke: colour('--text-quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  const bars = uPlot.paths.bars?.({ size: [0.8, 24], align: 1 });
  // Bars stand on each other: the highest sum is drawn first, and what is below covers it.
  const sums = stacked(series.map(({ counts }) => counts));
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      ...(zone === undefined ? {} : { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') }),
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: () => [starts[0] ?? 0, (starts.at(-1) ?? 0) + 3600] },
        y: { range: (_plot, _low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] },
      },
      axes: [
        { ...axis, space: 70, values: (_plot, ticks) => ticks.map((tick) => hourText(tick, zone)) },
        { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000] },
      ],
      series: [
        {},
        ...series
          .map(({ name }) => ({
            label: words[name] ?? name,
            fill: colour(COLOURS[name] ?? '--quiet'),
            width: 0,
            points: { show: false },
            ...(bars === undefined ? {} : { paths: bars }),
          }))
          .reverse(),
      ],
    },
    [starts as number[], ...(sums.reverse() as number[][])],
    element,
  );
}

function stacked(series: readonly (readonly number[])[]): number[][] {
  const sums: number[][] = [];
  for (const counts of series) {
    const below = sums.at(-1);
    sums.push(counts.map((count, at) => count + (below?.[at] ?? 0)));
  }
  return sums;
}
