import { describe, expect, it } from 'vitest';
import { parseUserCommand } from './arguments.ts';

describe('the arguments of npm run user', () => {
  it.each([
    [['--help'], { kind: 'help' }],
    [['list'], { kind: 'list' }],
    [['password', 'Alice@Example.com'], { kind: 'password', user: 'alice@example.com' }],
    [
      ['add', 'Bob@Example.com'],
      { kind: 'add', user: 'bob@example.com', servers: ['submission'], senders: ['bob@example.com'] },
    ],
    [
      ['add', 'robot', '--server', 'a', '--server', 'b', '--sender', '*@Example.com', '--sender', '*'],
      { kind: 'add', user: 'robot', servers: ['a', 'b'], senders: ['*@example.com', '*'] },
    ],
  ])('%j are understood', (argv, command) => {
    expect(parseUserCommand(argv)).toEqual({ ok: true, value: command });
  });

  it.each([
    [[], 'add, password or list is missing'],
    [['remove', 'bob'], '"remove" is not add, password or list'],
    [['add'], 'add takes one name'],
    [['add', 'a@example.com', 'b@example.com'], 'add takes one name'],
    [['add', 'a b'], 'NAME must not be empty and must not hold blanks'],
    [['add', ''], 'NAME must not be empty and must not hold blanks'],
    [['add', 'robot'], '"robot" is not an address, so --sender must say what the user may send from'],
    [['add', 'robot', '--sender', 'nonsense'], '--sender: "nonsense" is neither an address, *@domain nor *'],
    [['list', 'alice'], 'list takes no name'],
    [['password', 'alice', '--server', 'a'], 'password takes no --server and no --sender'],
    [['add', 'robot', '--colour', 'red'], "Unknown option '--colour'"],
  ])('%j are refused with a reason', (argv, problem) => {
    expect(parseUserCommand(argv)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});
