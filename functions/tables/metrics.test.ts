import { describe, expect, it } from 'vitest';
import type { PosternEvent } from '../../policy/event.ts';
import { EVENT_METRICS, type EventMetric } from '../../policy/metrics.ts';
import { refusal, SESSION_FIELDS, transaction } from '../test-support/events.ts';
import { metricDocuments } from './metrics.ts';

const login = (verdict: 'permit' | 'reject' | 'defer'): PosternEvent => ({
  ...SESSION_FIELDS,
  type: 'login',
  mechanism: 'PLAIN',
  username: 'alice',
  verdict,
  reply: '',
});

const limit = (rule: string): PosternEvent => ({ ...SESSION_FIELDS, type: 'limit', rule, limit: 20, reply: '' });

describe('metricDocuments', () => {
  it.each<[EventMetric, PosternEvent, number]>([
    [
      'Sessions',
      { ...SESSION_FIELDS, type: 'session', ending: 'QUIT', transactions: 1, durationMs: 5, commands: [] },
      1,
    ],
    ['MessagesAccepted', transaction(), 1],
    ['AcceptedOctets', transaction({ octets: 77 }), 77],
    ['AcceptedOctets', transaction({ octets: 77, verdict: 'refused' }), 0],
    ['MessagesRefused', transaction({ verdict: 'refused' }), 1],
    ['MessagesDeferred', transaction({ verdict: 'deferred' }), 1],
    ['MessagesAbandoned', transaction({ verdict: 'abandoned' }), 1],
    ['MessagesHeld', transaction({ verdict: 'held' }), 1],
    ['MessagesDiscarded', transaction({ verdict: 'discarded' }), 1],
    ['Refusals', refusal(), 1],
    ['Refusals', refusal({ reportOnly: true }), 0],
    ['NotSmtp', refusal({ rule: 'not-smtp' }), 1],
    ['NotSmtp', refusal(), 0],
    ['RefusalsReported', refusal({ reportOnly: true }), 1],
    ['RefusalsReported', refusal(), 0],
    ['LoginsPermitted', login('permit'), 1],
    ['LoginsRefused', login('reject'), 1],
    ['LoginsRefused', login('defer'), 0],
    ['DecisionsDeferred', login('defer'), 1],
    ['DecisionsDeferred', login('reject'), 0],
    ['DecisionsDeferred', transaction({ recipients: [{ address: 'a@b.c', reply: 451, rule: 'check-relay' }] }), 1],
    ['DecisionsDeferred', transaction(), 0],
    ['NextHopFailures', transaction({ rule: 'next-hop-down' }), 1],
    ['NextHopFailures', transaction({ rule: 'next-hop', verdict: 'deferred' }), 1],
    ['NextHopFailures', transaction({ rule: 'next-hop', verdict: 'refused' }), 0],
    ['NextHopFailures', transaction({ rule: 'check-relay', verdict: 'deferred' }), 0],
    ['NextHopFailures', transaction({ rule: 'next-hop' }), 0],
    ['LimitsReached', limit('settings#maxErrors'), 1],
    ['LoginsLockedOut', limit('settings#lockoutFailures'), 1],
    ['LoginsLockedOut', limit('settings#maxErrors'), 0],
    ['SendingLimitsReached', limit('user#limits.messagesPerHour'), 1],
    ['SendingLimitsReached', limit('settings#maxErrors'), 0],
  ])('counts %s', (name, event, expected) => {
    const [document] = metricDocuments([event], 0);

    expect(document?.[name]).toBe(expected);
  });

  it('makes one document a server, each metric declared and summed', () => {
    const events = [refusal(), refusal({ id: 'e2', server: 'mx2' }), refusal({ id: 'e3' }), refusal({ id: 'e3' })];

    const documents = metricDocuments(events, 1_700_000_000_000);

    expect(documents.map((document) => [document.Server, document.Refusals])).toEqual([
      ['mx1', 2],
      ['mx2', 1],
    ]);
    const { Timestamp, CloudWatchMetrics } = documents[0]?._aws ?? {};
    expect(Timestamp).toBe(1_700_000_000_000);
    expect(CloudWatchMetrics?.[0]).toMatchObject({ Namespace: 'Postern', Dimensions: [['Server']] });
    expect(CloudWatchMetrics?.[0]?.Metrics.map(({ Name }) => Name)).toEqual(Object.keys(EVENT_METRICS));
    for (const name of Object.keys(EVENT_METRICS)) expect(documents[0]?.[name]).toEqual(expect.any(Number));
  });

  it('makes none of an empty batch', () => {
    expect(metricDocuments([], 0)).toEqual([]);
  });
});
