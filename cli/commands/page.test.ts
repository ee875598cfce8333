/** `page`: the address that it prints, and how it ends. */
import { describe, expect, it } from 'vitest';
import { CliBed } from '../test-support/cli-bed.ts';

describe('page', () => {
  it('prints an address of this machine with a key of its own, and ends with Ctrl-C', async () => {
    const bed = await CliBed.start();
    // As if it were pressed at once.
    const outcomes = [
      await bed.run(['page'], { signal: AbortSignal.abort() }),
      await bed.run(['page', '--json'], { signal: AbortSignal.abort() }),
    ];

    const [text, json] = outcomes.map(({ out }) => out);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect(text).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/);
    expect(JSON.parse(json ?? '').address).toMatch(/#token=[\w-]{43}$/);
    expect(JSON.parse(json ?? '').address.split('#')[1]).not.toBe(text?.trim().split('#')[1]);
  });

  it.each([
    ['--port', '70000'],
    ['--port', 'http'],
  ])('refuses %s %s', async (...words) => {
    const bed = await CliBed.start();

    const { code, err } = await bed.run(['page', ...words]);

    expect(code).toBe(2);
    expect(err).toContain('--port is');
  });
});
