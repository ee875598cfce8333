import { expect, it } from 'vitest';
import { type CpuProfile, selfTimes } from './self-time.ts';

const BUNDLE = `import x from 'node:net';
// protocol/session/session.ts
function receive() {}
// node_modules/zod/v4/index.js
function parse() {}
// a remark, not a path
function parseAgain() {}
`;

function profileOf(
  ...samples: readonly (readonly [name: string, url: string, line: number, micros: number])[]
): CpuProfile {
  return {
    nodes: samples.map(([functionName, url, lineNumber], id) => ({ id, callFrame: { functionName, url, lineNumber } })),
    samples: samples.map((_, id) => id),
    timeDeltas: samples.map(([, , , micros]) => micros),
  };
}

it('adds up what a function took in all its calls, the most expensive first', () => {
  const profile = profileOf(
    ['receive', 'file:///b/edge-proxy.mjs', 2, 100],
    ['(idle)', '', -1, 5000],
    ['writev', 'node:net', 10, 300],
    ['receive', 'file:///b/edge-proxy.mjs', 2, 300],
    ['parseAgain', 'file:///b/edge-proxy.mjs', 6, 100],
    ['(garbage collector)', '', -1, 200],
  );

  expect(selfTimes(profile, BUNDLE)).toEqual([
    { name: 'receive', place: 'protocol/session/session.ts', micros: 400, share: 0.4 },
    { name: 'writev', place: 'node:net', micros: 300, share: 0.3 },
    { name: '(garbage collector)', place: '', micros: 200, share: 0.2 },
    { name: 'parseAgain', place: 'node_modules/zod/v4/index.js', micros: 100, share: 0.1 },
  ]);
});

it('keeps functions without a name apart by their lines', () => {
  const profile = profileOf(['', 'file:///b/edge-proxy.mjs', 2, 1], ['', 'file:///b/edge-proxy.mjs', 4, 2]);

  expect(selfTimes(profile, BUNDLE).map(({ name, micros }) => [name, micros])).toEqual([
    ['(anonymous)', 2],
    ['(anonymous)', 1],
  ]);
});
