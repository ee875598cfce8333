import { expect, it } from 'vitest';
import { chartsOf, chartText, totalOf } from './charts.ts';

const NONE = { accepted: 0, refused: 0, deferred: 0, abandoned: 0, held: 0, discarded: 0 };
const HOUR = {
  octets: 0,
  sessions: 0,
  refusals: 0,
  ...{ delivered: 0, bounces: 0, complaints: 0 },
  rules: {},
  messages: NONE,
  logins: { permit: 0, reject: 0, defer: 0 },
};

it('hours become charts, quiet ones too', () => {
  const charts = chartsOf([
    { ...HOUR, at: '2026-03-05T13:00:00.000Z', messages: { ...NONE, accepted: 1200, held: 1 }, refusals: 3 },
    { ...HOUR, at: '2026-03-05T14:00:00.000Z', logins: { permit: 2, reject: 1, defer: 0 } },
  ]);

  const starts = [Date.parse('2026-03-05T13:00:00Z') / 1000, Date.parse('2026-03-05T14:00:00Z') / 1000];
  expect(charts.refusals).toEqual({ starts, series: [{ name: 'refusal', counts: [3, 0] }] });
  expect(charts.logins.series).toEqual([
    { name: 'permit', counts: [0, 2] },
    { name: 'reject', counts: [0, 1] },
    { name: 'defer', counts: [0, 0] },
  ]);
  expect([totalOf(charts.messages), chartText(charts.messages)]).toEqual([
    1201,
    'accepted 1,200, held 1, deferred 0, refused 0',
  ]);
});
