import { describe, expect, it } from 'vitest';
import { readArguments, timeOption, wholeNumber } from './arguments.ts';
import { readAssignments, withoutNulls } from './assignments.ts';
import { UsageError } from './cli-error.ts';
import { COMMANDS } from './commands.ts';

function commandNamed(name: string) {
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) throw new TypeError(`No command ${name}`);
  return command;
}

describe('arguments', () => {
  it('are options and words, in any order', () => {
    const { values, words } = readArguments(commandNamed('domains'), [
      'inbound',
      '--json',
      'add',
      '--note=x',
      'a.example',
    ]);

    expect(words).toEqual(['inbound', 'add', 'a.example']);
    expect(values).toMatchObject({ json: true, note: 'x' });
  });

  it('may be a session whose id begins with a dash', () => {
    const { words, values } = readArguments(commandNamed('sessions'), ['--json', '-Ab3_-xyz012']);

    expect(words).toEqual(['-Ab3_-xyz012']);
    expect(values).toMatchObject({ json: true });
  });

  it.each([
    [
      'domains',
      ['inbound', '--colour', 'red'],
      "Unknown option '--colour': domains has --next-hop, --note, --api, --json",
    ],
    ['domains', ['inbound', 'add', 'x', '--next-hop'], "Option '--next-hop <value>' argument missing"],
    ['check', ['--json=yes'], "Option '--json' does not take an argument"],
    ['domains', ['-Ab3_-xyz012'], "Unknown option '-A'"],
  ])('%s %j are refused', (name, argv, problem) => {
    const read = () => readArguments(commandNamed(name), argv);

    expect(read).toThrow(UsageError);
    expect(read).toThrow(problem);
  });
});

describe('a time', () => {
  const NOW = Date.parse('2026-11-24T12:00:00Z');

  it.each([
    ['90m', '2026-11-24T10:30:00.000Z'],
    ['30s', '2026-11-24T11:59:30.000Z'],
    ['2h', '2026-11-24T10:00:00.000Z'],
    ['7d', '2026-11-17T12:00:00.000Z'],
    ['2026-11-01', '2026-11-01'],
    ['2026-11-01T10:00:00Z', '2026-11-01T10:00:00Z'],
    // What it is, the API says.
    ['yesterday', 'yesterday'],
    [undefined, undefined],
  ])('%s is %s', (text, time) => {
    expect(timeOption(text, NOW)).toBe(time);
  });
});

it.each(['', '-1', '1.5', 'ten', '1e3'])('%j is no whole number', (text) => {
  expect(() => wholeNumber(text, '--limit')).toThrow('--limit is');
});

describe('assignments', () => {
  it('have the types that the tables have', () => {
    const values = readAssignments(
      ['enabled=TRUE', 'reportOnly=false', 'maxErrors=20', 'note=a=b', 'hostname=0x1', 'eventDays=', 'servers=a,b,'],
      ['servers'],
    );

    expect(values).toEqual({
      // What people type otherwise the API understands, or refuses by name.
      enabled: 'TRUE',
      reportOnly: false,
      maxErrors: 20,
      note: 'a=b',
      hostname: '0x1',
      eventDays: null,
      servers: ['a', 'b'],
    });
    expect(withoutNulls({ a: null, b: 0, c: '' })).toEqual({ b: 0, c: '' });
  });

  it.each([
    [['hostname'], '"hostname" is not of the form name=value'],
    [['=x'], '"=x" is not of the form name=value'],
    [['a=1', 'a=2'], 'a stands there twice'],
  ])('%j are refused', (words, problem) => {
    expect(() => readAssignments(words)).toThrow(problem);
  });
});
