import { afterEach, beforeEach, expect, it } from 'vitest';
import { AMPLE, HopBed } from '../../../test/support/hop-bed.ts';
import { hangUp, politely, type ScriptedHop } from '../../../test/support/scripted-hop.ts';
import { offering, underTls } from '../../../test/support/tls-hop.ts';
import type { LogFields } from '../../log.ts';
import { HopMechanisms } from './hop-mechanisms.ts';
import { SmtpNextHops } from './smtp-next-hops.ts';

let bed: HopBed;
let nowMs: number;
let lines: LogFields[];
let mechanisms: HopMechanisms;
beforeEach(() => {
  bed = new HopBed();
  nowMs = 0;
  lines = [];
  mechanisms = new HopMechanisms({
    ehloName: () => 'proxy.example',
    log: (fields) => lines.push(fields),
    now: () => nowMs,
  });
});
afterEach(async () => {
  await bed.close();
});

function learn(hop: ScriptedHop) {
  return mechanisms.learn(hop.nextHop('offer'), AMPLE);
}

it('are those of EHLO under TLS, not in the clear', async () => {
  const hop = await bed.start(
    underTls({ EHLO: offering('AUTH PLAIN SCRAM-SHA-256') }, { EHLO: offering('STARTTLS', 'AUTH LOGIN') }),
  );

  expect(await learn(hop)).toEqual(['PLAIN', 'SCRAM-SHA-256']);
  await hop.clients[0]?.closed;
  expect(hop.clients[0]?.heard).toMatch(/QUIT\r\n$/);
});

it('are remembered for a minute', async () => {
  const hop = await bed.start(underTls({ EHLO: offering('AUTH PLAIN') }));
  await learn(hop);

  nowMs = 59_999;
  await learn(hop);
  expect(hop.clients).toHaveLength(1);
  nowMs = 60_000;
  await learn(hop);

  expect(hop.clients).toHaveLength(2);
});

it('are asked for once while they are being learnt', async () => {
  const hop = await bed.start(underTls({ EHLO: offering('AUTH PLAIN') }));

  const learnt = await Promise.all([learn(hop), learn(hop), learn(hop)]);

  expect(learnt).toEqual([['PLAIN'], ['PLAIN'], ['PLAIN']]);
  expect(hop.clients).toHaveLength(1);
});

it.each([
  ['offers no TLS', politely({ EHLO: offering('AUTH PLAIN') })],
  ['leaves', politely({ greeting: hangUp })],
])('are unknown of a hop that %s, for five seconds, and that is logged', async (_claim, script) => {
  const hop = await bed.start(script);

  expect(await learn(hop)).toBeUndefined();
  nowMs = 4999;
  expect(await learn(hop)).toBeUndefined();
  expect(hop.clients).toHaveLength(1);
  nowMs = 5000;
  expect(await learn(hop)).toBeUndefined();

  expect(hop.clients).toHaveLength(2);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ event: 'mechanisms-unknown', problem: expect.any(String) });
});

it('are unknown of a hop with tls=never, which is not connected to', async () => {
  const hop = await bed.start(politely({ EHLO: offering('AUTH PLAIN') }));

  expect(await mechanisms.learn(hop.nextHop('never'), AMPLE)).toBeUndefined();
  expect(hop.clients).toHaveLength(0);
});

it('are kept of each hop apart', async () => {
  const one = await bed.start(underTls({ EHLO: offering('AUTH PLAIN') }));
  const other = await bed.start(underTls({ EHLO: offering('AUTH LOGIN') }));

  expect([await learn(one), await learn(other), await learn(one)]).toEqual([['PLAIN'], ['LOGIN'], ['PLAIN']]);
});

it('are heard on any connection under TLS that is opened', async () => {
  const hop = await bed.start(underTls({ EHLO: offering('AUTH PLAIN') }));
  const nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example' });
  bed.nextHops = nextHops;

  await bed.deliver(hop.nextHop('offer'));

  expect(await nextHops.learnMechanisms(hop.nextHop('offer'), AMPLE)).toEqual(['PLAIN']);
  expect(hop.clients).toHaveLength(1);
});
