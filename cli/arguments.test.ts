import { describe, expect, it } from 'vitest';
import { readArguments, sessionIdIn, wholeNumberOption } from './arguments.ts';
import { octetsOption, readAssignments, withMeaning, withoutNulls } from './assignments.ts';
import { UsageError } from './cli-error.ts';
import { COMMANDS } from './commands.ts';

async function commandNamed(name: string) {
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) throw new TypeError(`No command ${name}`);
  return command.load();
}

describe('arguments', () => {
  it('are options and words, in any order', async () => {
    const { values, words } = readArguments(await commandNamed('domains'), [
      'inbound',
      '--json',
      'add',
      '--note=x',
      'a.example',
    ]);

    expect(words).toEqual(['inbound', 'add', 'a.example']);
    expect(values).toMatchObject({ json: true, note: 'x' });
  });

  it('may be a session whose id begins with a dash', async () => {
    const { words, values } = readArguments(await commandNamed('sessions'), ['--json', '-Ab3_-xyz012']);

    expect(words).toEqual(['-Ab3_-xyz012']);
    expect(values).toMatchObject({ json: true });
  });

  it.each([
    [
      'domains',
      ['inbound', '--colour', 'red'],
      '"--colour" is not an option: domains has --next-hop, --note, --api, --json',
    ],
    ['domains', ['inbound', 'add', 'x', '--next-hop'], '--next-hop needs a value'],
    ['events', ['--limit', '--json'], '--limit needs a value; write --limit=VALUE where the value begins with a dash'],
    ['events', ['--session', '-Ab3_-xyz012'], '--session needs a value'],
    ['check', ['--json=yes'], '--json takes no value'],
    ['check', ['--json', '--csv'], '--json and --csv exclude each other'],
    ['domains', ['-Ab3_-xyz012'], '"-A" is not an option'],
  ])('%s %j are refused', async (name, argv, problem) => {
    const command = await commandNamed(name);
    const read = () => readArguments(command, argv);

    expect(read).toThrow(UsageError);
    expect(read).toThrow(problem);
  });
});

it.each([
  ['Tj0naOpxOoc-', 'Tj0naOpxOoc-'],
  ['-j0naOpxOoc_.12', '-j0naOpxOoc_'],
  ['Tj0naOpxOoc-.', undefined],
  ['inbound', undefined],
])('the session in %s is %s', (text, session) => {
  expect(sessionIdIn(text)).toBe(session);
});

it.each(['', '-1', '1.5', 'ten', '1e3'])('%j is no whole number', (text) => {
  expect(() => wholeNumberOption(text, '--limit')).toThrow('--limit is');
});

describe('assignments', () => {
  it('have the types that the tables have', () => {
    const values = readAssignments(
      [
        'enabled=TRUE',
        'reportOnly=off',
        'maxErrors=20',
        'note=a=b',
        'hostname=0x1',
        'eventDays=',
        'servers=a,b,',
        'x=no',
      ],
      { lists: ['servers'], booleans: ['reportOnly'] },
    );

    expect(values).toEqual({
      enabled: true,
      reportOnly: false,
      maxErrors: 20,
      note: 'a=b',
      hostname: '0x1',
      eventDays: null,
      servers: ['a', 'b'],
      // passClient=no is a word of its own.
      x: 'no',
    });
    expect(withoutNulls({ a: null, b: 0, c: '' })).toEqual({ b: 0, c: '' });
  });

  // A megabyte of mail is 1024 * 1024 octets.
  it.each([
    ['maxMessageOctets=25MB', 26_214_400],
    ['maxMessageOctets=25m', 26_214_400],
    ['maxMessageOctets=1.5MiB', 1_572_864],
    ['maxMessageOctets=12KB', 12_288],
    ['maxMessageOctets=12kib', 12_288],
    ['maxMessageOctets=1g', 1_073_741_824],
    ['maxMessageOctets=500b', 500],
    ['dataTimeoutSeconds=10m', 600],
    ['dataTimeoutSeconds=90s', 90],
    ['lockoutSeconds=2h', 7200],
    ['eventDays=2w', 14],
    // No count of these.
    ['maxErrors=20m', '20m'],
    ['hostname=10m', '10m'],
  ])('%s is %j', (word, value) => {
    expect(Object.values(readAssignments([word]))).toEqual([value]);
  });

  it.each([
    [['hostname'], '"hostname" is not of the form name=value'],
    [['=x'], '"=x" is not of the form name=value'],
    [['a=1', 'a=2'], 'a stands there twice'],
    [['maxMessageOctets=25TB'], 'maxMessageOctets is "25TB" where a number is expected, or one with KB, MB, GB'],
    [['dataTimeoutSeconds=5min'], 'dataTimeoutSeconds is "5min" where a number is expected, or one with s, m, h, d'],
    [['enabled=maybe'], 'enabled is "maybe" where true or false is expected'],
  ])('%j are refused', (words, problem) => {
    expect(() => readAssignments(words, { booleans: ['enabled'] })).toThrow(problem);
  });

  it.each([
    ['maxMessageOctets', 26_214_400, '26214400 (25 MiB)'],
    ['maxMessageOctets', 1_000_000, '1000000'],
    ['dataTimeoutSeconds', 600, '600 (10 min)'],
    ['maxErrors', 1024, '1024'],
    ['enabled', false, 'false'],
  ])('%s %j is shown as %s', (name, value, text) => {
    expect(withMeaning(name, value)).toBe(text);
  });

  it.each(['0', 'ten', '5TB', '-5'])('%j is no number of octets', (text) => {
    expect(() => octetsOption(text, '--max-octets')).toThrow('--max-octets is');
  });
});
