/**
 * The two legs of a login as they are on the wire: client to screen in the clear, screen to published server under TLS.
 * A firewall's SMTP filter that lets AUTH pass is known by these frames: AUTH goes in, AUTH comes out, and 235 comes back.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { messageWith, newToken } from '../support/cloud-session.ts';
import { until } from '../support/cloud-wait.ts';
import { Capture, captureMissing, type Frame } from './capture.ts';
import { MSMTP } from './mail-client.ts';
import { PASSWORD, PublishedServer, publishedServerMissing } from './published-server.ts';

const USERNAME = 'alice@example.com';
/** Milliseconds until all frames are in the file; within a test's own bound. */
const CAPTURED_MS = 10_000;
const missing = publishedServerMissing() ?? MSMTP.missing ?? captureMissing();

describe.skipIf(missing !== undefined)(
  `a capture of both legs${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-keys-'));
    const keys = join(folder, 'keys');
    let published: PublishedServer;
    let cloud: Cloud;

    beforeAll(async () => {
      published = await PublishedServer.start();
      cloud = await Cloud.start({
        servers: ['submission'],
        settings: { ...published.settings, authenticationRequiresTls: false },
        // Node's own flag: the product writes its secrets nowhere.
        nodeFlags: [`--tls-keylog=${keys}`],
      });
    });
    afterAll(async () => {
      await cloud?.close();
      await published?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** The frames of one login, when the file has them all. */
    async function capturedLogin(mechanism: string): Promise<{ readonly opened: Frame[]; readonly closed: Frame[] }> {
      const port = cloud.part('submission').port('starttls');
      const capture = await Capture.start([port, published.port]);
      try {
        const mail = { from: USERNAME, to: 'bob@elsewhere.example', content: messageWith(newToken()) };
        const login = { port, isTls: false, mechanism, username: USERNAME, secret: PASSWORD };
        const { isSent, said } = await MSMTP.send({ ...login, ...mail });
        expect(isSent, said).toBe(true);
        const readBoth = async () => {
          const frames = await capture.frames(keys);
          return frames.filter(({ says }) => says.startsWith('235')).length === 2 && frames;
        };
        const opened = await until('both legs are captured', readBoth, CAPTURED_MS);
        return { opened, closed: await capture.frames() };
      } finally {
        await capture.stop();
      }
    }

    function legOf({ from, to }: Frame): string {
      return from === published.port || to === published.port ? 'server' : 'client';
    }

    /** AUTH and what answers it, frame by frame. */
    function exchange(frames: readonly Frame[]): Frame[] {
      return frames.filter(({ says }) => /^(?:AUTH |334|235 )/.test(says));
    }

    // How many challenges msmtp is given.
    it.each([
      ['PLAIN', 0],
      ['LOGIN', 2],
      ['CRAM-MD5', 1],
      ['SCRAM-SHA-256', 3],
    ])('AUTH %s goes in and comes out, each of %d challenges comes back, and so does 235', async (mechanism, count) => {
      const { opened, closed } = await capturedLogin(mechanism);

      const frames = exchange(opened);
      const steps = frames.map((frame) => `${legOf(frame)} ${frame.says.replace(/^235 .*/, '235')}`);
      const [auth = ''] = frames.map(({ says }) => says);
      const challenges = frames.filter((frame) => legOf(frame) === 'client' && frame.says.startsWith('334'));
      expect(auth.split(' ').slice(0, 2)).toEqual(['AUTH', mechanism]);
      expect(challenges).toHaveLength(count);
      expect(steps).toEqual([
        `client ${auth}`,
        `server ${auth}`,
        ...challenges.flatMap(({ says }) => [`server ${says}`, `client ${says}`]),
        'server 235',
        'client 235',
      ]);
      // Without the keys the second leg shows nothing of it.
      expect(new Set(exchange(closed).map(legOf))).toEqual(new Set(['client']));
      console.info(
        frames
          .filter(({ says }) => !says.startsWith('334'))
          .map(({ summary }) => summary)
          .join('\n'),
      );
    });
  },
);
