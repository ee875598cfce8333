import { describe, expect, it } from 'vitest';
import {
  HELD_CONTENT_PREFIX,
  HOLD_CLASSES,
  heldContentKey,
  holdClass,
  isExpired,
  releaseRecipients,
  retryAfterMs,
  serverState,
} from './held.ts';

it.each([
  [1, 7],
  [7, 7],
  [8, 30],
  [30, 30],
  [31, 90],
  [366, 3650],
  [3650, 3650],
  // Longer than settings allow: as long as the bucket can.
  [3651, 3650],
])('content that is held for %i days is of the class %i', (days, expected) => {
  expect(holdClass(days)).toBe(expected);
});

it('has a class for the longest that settings allow', () => {
  expect(HOLD_CLASSES.at(-1)).toBe(3650);
});

describe('the keys of held mail', () => {
  it('list a server by state', () => {
    expect(serverState('mx1', 'releasing')).toBe('mx1#releasing');
  });

  it('name content by the day and the id, in the folder that lifecycle rules and rights name', () => {
    expect(heldContentKey('Tj0naOpx', '2026-11-24T23:59:59.999Z')).toBe('held/2026-11-24/Tj0naOpx');
    expect(HELD_CONTENT_PREFIX).toBe('held/');
  });
});

describe('isExpired', () => {
  const expiresAt = Date.UTC(2026, 10, 24) / 1000;

  it.each([
    ['a day before', Date.UTC(2026, 10, 23), false],
    ['a millisecond before', Date.UTC(2026, 10, 24) - 1, false],
    ['at', Date.UTC(2026, 10, 24), true],
    ['a millisecond after', Date.UTC(2026, 10, 24) + 1, true],
    ['a day after', Date.UTC(2026, 10, 25), true],
  ])('%s its end is %s', (_when, nowMs, expected) => {
    expect(isExpired({ expiresAt }, nowMs)).toBe(expected);
  });
});

it.each([
  [0, 30],
  [1, 30],
  [2, 60],
  [3, 120],
  [5, 480],
  [6, 900],
  [7, 900],
  [5000, 900],
])('after %i tries the next one comes in %i seconds', (tries, seconds) => {
  expect(retryAfterMs(tries)).toBe(seconds * 1000);
});

describe('releaseRecipients', () => {
  const ALICE = { address: 'alice@example.com', nextHop: 'smtp://a:25?tls=offer' };
  const BOB = { address: 'bob@example.com', nextHop: 'smtp://b:25?tls=offer' };
  const recipients = [ALICE, BOB];

  it.each([
    ['all of a release that chose none', undefined, recipients],
    ['those whom the release chose', [BOB.address], [BOB]],
    ['them in the order of the message', [BOB.address, ALICE.address], recipients],
    ['no one who was not accepted', ['eve@example.com', ALICE.address], [ALICE]],
    ['no one where the list is empty', [], []],
  ])('are %s', (_what, releaseTo, expected) => {
    expect(releaseRecipients({ recipients, releaseTo })).toEqual(expected);
  });
});
