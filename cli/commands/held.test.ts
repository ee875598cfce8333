/** `screens` and `held`: what they ask the API, and what they say. */
import { describe, expect, it } from 'vitest';
import { CliBed, problem } from '../test-support/cli-bed.ts';

const HELD = {
  id: 'Tj0naOpxOoc-.1',
  server: 'mx',
  state: 'held',
  at: '2026-11-30T10:00:00.000Z',
  expiresAt: '2026-12-30T10:00:00.000Z',
  session: 'Tj0naOpxOoc-',
  client: { address: '192.0.2.1', port: 4711, tls: false },
  sender: '',
  recipients: [
    { address: 'bob@example.com', nextHop: 'smtp://mta.example.com:25?tls=offer' },
    { address: 'eve@example.com', nextHop: 'ses' },
  ],
  rule: 'screen#200-unreadable',
  screen: {
    action: 'hold',
    rule: 'screen#200-unreadable',
    matches: [{ rule: 'screen#200-unreadable', action: 'hold', facts: ['structure ambiguous (duplicate-parameter)'] }],
    reported: [],
    structure: [{ flag: 'ambiguous', reason: 'duplicate-parameter' }],
    parts: [
      {
        names: ['a.zip'],
        namesInside: ['b\u001B[2J.exe'],
        mimeTypes: ['application/zip'],
        types: ['archive', 'executable'],
        octets: 12,
        isAttachment: true,
      },
    ],
  },
  octets: 20,
  sha256: 'ab'.repeat(32),
};
const HELD_PATH = '/servers/mx/held/Tj0naOpxOoc-.1';

describe('screens', () => {
  const RULE = {
    screen: '100-executables',
    action: 'refuse',
    given: { action: 'refuse', attachmentType: ['executable', 'script'], reply: 'No', note: 'ours' },
  };

  it('lists rules in their order, with what they are about', async () => {
    const bed = await CliBed.start();
    const trial = { screen: '300-trial', action: 'hold', reportOnly: true, given: { words: ['lottery'] } };
    const wrong = { screen: '400-wrong', given: { action: 'eat' }, problem: 'action: "eat" is not allowed' };
    bed.answer('GET /servers/mx/screens?limit=1000', { value: { screens: [RULE, trial, wrong] } });

    const { code, out } = await bed.run(['screens', 'mx']);

    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'SCREEN           ACTION               WHEN                              NOTE  PROBLEM',
      '100-executables  refuse               attachmentType executable script  ours',
      '300-trial        hold, only reported  words lottery',
      '400-wrong                                                                     action: "eat" is not allowed',
      '',
    ]);
  });

  it('adds a rule with lists, a text with commas and a trial', async () => {
    const bed = await CliBed.start();
    bed.answer('PUT /servers/mx/screens/300-music', { status: 201, value: { ...RULE, screen: '300-music' } });
    const argv = ['screens', 'mx', 'add', '300-music', 'action=refuse', 'attachment=*.mp3,*.flac'];

    const { code, out } = await bed.run([...argv, 'reply=No music, no films', 'reportOnly=true']);

    expect({ code, out }).toEqual({ code: 0, out: 'mx: screen 300-music added\n' });
    expect(bed.asked[0]?.body).toEqual({
      action: 'refuse',
      attachment: ['*.mp3', '*.flac'],
      reply: 'No music, no films',
      reportOnly: true,
    });
  });

  it('says what is wrong with a rule that the API refuses', async () => {
    const bed = await CliBed.start();
    const errors = [{ field: 'action', value: 'eat', problem: '"eat" is not allowed' }];
    bed.answer('PUT /servers/mx/screens/300-x', problem(400, 'x', { errors }));

    const { code, err } = await bed.run(['screens', 'mx', 'add', '300-x', 'action=eat', 'words=a']);

    expect(code).toBe(1);
    expect(err).toBe('postern: cannot add screen 300-x of mx: action: "eat" is not allowed\n');
  });

  it('removes a rule', async () => {
    const bed = await CliBed.start();
    bed.answer('DELETE /servers/mx/screens/100-executables', { status: 204 });

    const { out } = await bed.run(['screens', 'mx', 'remove', '100-executables']);

    expect(out).toBe('mx: screen 100-executables removed\n');
  });
});

describe('held', () => {
  it('lists what is held, with why, filtered as asked', async () => {
    const bed = await CliBed.start();
    const query = 'state=releasing&sender=%40a.example&rule=200-unreadable&limit=1000';
    const failed = { ...HELD, state: 'releasing', reason: '451 Next hop not reachable' };
    bed.answer(`GET /servers/mx/held?${query}`, { value: { held: [failed] } });
    const argv = ['held', 'mx', '--state', 'releasing', '--sender', '@a.example', '--rule', '200-unreadable'];

    const { code, out } = await bed.run(argv);

    expect(code).toBe(0);
    const [head, line] = out.split('\n');
    expect(head).toMatch(/^HELD +ID +FROM +TO +OCTETS +WHY$/);
    expect(line).toContain('Tj0naOpxOoc-.1  <>    bob@example.com, eve@example.com');
    expect(line).toContain('structure ambiguous (duplicate-parameter), not handed on: 451 Next hop not reachable');
  });

  it('takes no state that there is not', async () => {
    const bed = await CliBed.start();

    const { code, err } = await bed.run(['held', 'mx', '--state', 'lost']);

    expect({ code, asked: bed.asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain('--state is "lost" where one of held, releasing, released, denied, expired is expected');
  });

  it('shows one, and no control character of a name', async () => {
    const bed = await CliBed.start();
    bed.answer(`GET ${HELD_PATH}`, { value: HELD });

    const { out } = await bed.run(['held', 'mx', 'show', HELD.id]);

    expect(out).toContain('bob@example.com by smtp://mta.example.com:25?tls=offer');
    expect(out).toContain('ambiguous (duplicate-parameter)');
    expect(out).toContain('(inside)');
    expect(out).not.toContain('\u001B');
  });

  it('writes the message octet for octet, asked for piece by piece', async () => {
    const bed = await CliBed.start();
    const message = 'Subject: x\r\n\r\nhello\r\n';
    bed.answer(`GET ${HELD_PATH}`, { value: HELD });
    bed.answer(`GET ${HELD_PATH}/content`, { status: 206, text: message });

    const { out } = await bed.run(['held', 'mx', 'content', HELD.id]);

    expect(out).toBe(message);
    expect(bed.asked.at(-1)?.headers.range).toBe('bytes=0-19');
  });

  it('releases one, to all or to those that are named', async () => {
    const bed = await CliBed.start();
    bed.answer(`POST ${HELD_PATH}/release`, { status: 202, value: { ...HELD, state: 'releasing' } });

    const all = await bed.run(['held', 'mx', 'release', HELD.id]);
    await bed.run(['held', 'mx', 'release', HELD.id, '--to', 'bob@example.com', '--to', 'eve@example.com']);

    expect(all.out).toBe(`mx: ${HELD.id} released; it is handed on within seconds\n`);
    expect(bed.asked.map(({ body }) => body)).toEqual([{}, { recipients: ['bob@example.com', 'eve@example.com'] }]);
  });

  it('denies many, names those that were not, and fails', async () => {
    const bed = await CliBed.start();
    const failed = [{ id: 'T2.1', status: 409, detail: 'T2.1 is released, by tester' }];
    bed.answer('POST /servers/mx/held/deny', { value: { done: ['T1.1'], failed } });

    const { code, out, err } = await bed.run(['held', 'mx', 'deny', 'T1.1', 'T2.1']);

    expect({ code, out, err }).toEqual({
      code: 1,
      out: 'mx: 1 message denied\nT2.1: T2.1 is released, by tester\n',
      err: 'postern: 1 message could not be denied\n',
    });
    expect(bed.asked[0]?.body).toEqual({ ids: ['T1.1', 'T2.1'] });
  });

  it.each([
    [['deny', 'T1.1', '--to', 'bob@example.com'], '--to goes with release'],
    [['release', 'T1.1', 'T2.1', '--to', 'bob@example.com'], '--to goes with one ID'],
    [['show', 'T1.1', 'T2.1'], 'T2.1'],
  ])('%j is a mistake, and nothing is asked', async (words, said) => {
    const bed = await CliBed.start();

    const { code, err } = await bed.run(['held', 'mx', ...words]);

    expect({ code, asked: bed.asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain(said);
  });
});
