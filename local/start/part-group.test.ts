import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../../test/support/is-alive.ts';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import type { Part } from './part.ts';
import { PartGroup } from './part-group.ts';

const LISTENS = "console.log(JSON.stringify({ event: 'listening', port: 7 })); setInterval(() => {}, 1000);";

interface Started {
  readonly part: Part;
  readonly lines: string[];
  readonly errorLines: string[];
}

function newGroup(): PartGroup {
  const group = new PartGroup();
  onTestFinished(() => group.kill());
  return group;
}

function start(group: PartGroup, source: string, stopsFirst = false): Started {
  const program = join(temporaryDirectory(), 'program.mjs');
  writeFileSync(program, source);
  const lines: string[] = [];
  const errorLines: string[] = [];
  const part = group.start(
    {
      name: 'sample',
      command: [program],
      environment: {},
      onLine: (line) => lines.push(line),
      onErrorLine: (line) => errorLines.push(line),
    },
    { stopsFirst },
  );
  return { part, lines, errorLines };
}

describe('a part', () => {
  it('is ready when it says so; other lines are passed on unchanged', async () => {
    const source = `console.log('{"event":"other"}'); console.log('not { json'); ${LISTENS}`;
    const { part, lines } = start(newGroup(), source);

    await expect(part.listening).resolves.toMatchObject({ port: 7 });
    expect(lines).toEqual(['{"event":"other"}', 'not { json']);
  });

  it('that cannot start is named, with its exit code and last words', async () => {
    const group = newGroup();
    const { part } = start(group, "console.error('no such table'); process.exitCode = 3;");

    const message = 'sample ended unexpectedly: exit code 3, its last words:\n  no such table';

    await expect(part.listening).rejects.toThrow(message);
    await expect(group.failed).resolves.toMatchObject({ message });
  });

  it('that is killed later is named, with the signal', async () => {
    const group = newGroup();
    const { part } = start(group, LISTENS);
    await part.listening;

    process.kill(part.pid, 'SIGKILL');

    await expect(group.failed).resolves.toMatchObject({ message: 'sample ended unexpectedly: signal SIGKILL' });
  });

  it('ends when its parent was killed', async () => {
    const parent = join(temporaryDirectory(), 'parent.ts');
    const program = join(temporaryDirectory(), 'program.mjs');
    writeFileSync(program, LISTENS);
    writeFileSync(
      parent,
      `import { Part } from ${JSON.stringify(join(import.meta.dirname, 'part.ts'))};
       const nothing = () => {};
       const part = new Part({ name: 'sample', command: [${JSON.stringify(program)}], environment: {}, onLine: nothing, onErrorLine: nothing });
       await part.listening;
       console.log(part.pid);`,
    );
    const child = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = (await once(child.stdout, 'data')) as [Buffer];

    child.kill('SIGKILL');
    await once(child, 'exit');

    await expect.poll(() => isAlive(Number(pid)), { timeout: 10_000 }).toBe(false);
  });
});

describe('a group', () => {
  it('stops in order: first those that finish what they have under way', async () => {
    const group = newGroup();
    const says = (word: string): string =>
      `process.on('SIGTERM', () => { console.log('${word} at ' + Date.now()); process.exit(0); }); ${LISTENS}`;
    const first = start(
      group,
      `process.on('SIGTERM', () => setTimeout(() => { console.log('first at ' + Date.now()); process.exit(0); }, 100)); ${LISTENS}`,
      true,
    );
    const last = start(group, says('last'));
    await Promise.all([first.part.listening, last.part.listening]);

    await group.stop();

    const at = ({ lines }: Started): number => Number(lines.join().replace(/^\w+ at /, ''));
    expect(at(first)).toBeLessThanOrEqual(at(last));
  });

  it('kills within 3 s what does not stop, and calls none of it a failure', async () => {
    const group = newGroup();
    const { part } = start(group, `process.on('SIGTERM', () => {}); ${LISTENS}`, true);
    await part.listening;
    const startMs = performance.now();

    await group.stop();

    expect(performance.now() - startMs).toBeLessThan(3000);
    await expect(part.exited).resolves.toMatchObject({ signal: 'SIGKILL' });
    await expect(Promise.race([group.failed, 'none'])).resolves.toBe('none');
  });

  it('starts nothing more when it is being stopped', async () => {
    const group = newGroup();
    await group.stop();

    expect(() => start(group, LISTENS)).toThrow('Cannot start sample: the run is being stopped');
  });
});
