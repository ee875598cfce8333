/** What the event of a transaction says of how it came out. */
import { expect, it } from 'vitest';
import { type Answers, refused, willingHop } from '../../test/support/answers.ts';
import { MachineDriver } from '../../test/support/machine-driver.ts';

const TO_CONTENT = 'EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n';

function eventOf(driver: MachineDriver): object | undefined {
  return driver.events.find(({ type }) => type === 'transaction');
}

it('is abandoned when recipients were taken, whatever was refused after them', () => {
  const driver = new MachineDriver();

  driver.send('EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nRCPT TO:<bob@elsewhere.example>\r\nRSET\r\n');

  expect(eventOf(driver)).toMatchObject({ verdict: 'abandoned', rule: 'RSET', reply: '' });
});

it('is refused when no recipient was taken, by the last refusal of one', () => {
  const driver = new MachineDriver();

  driver.send('EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@elsewhere.example>\r\nRSET\r\n');

  expect(eventOf(driver)).toMatchObject({ verdict: 'refused', rule: 'relay-domains' });
});

it.each([
  [400, 'deferred'],
  [499, 'deferred'],
  [500, 'refused'],
  [599, 'refused'],
])('after %i from the hop is %s', (code, verdict) => {
  const reply = { code, enhanced: `${code < 500 ? 4 : 5}.0.0`, text: 'one\ntwo' };
  const driver = new MachineDriver({
    answers: { hop: (request) => (request.kind === 'finish' ? refused(reply) : willingHop(request)) },
  });

  driver.send(`${TO_CONTENT}x\r\n.\r\n`);

  expect(eventOf(driver)).toMatchObject({
    verdict,
    reply: `${code}-${reply.enhanced} one ${code} ${reply.enhanced} two`,
  });
});

it('stands beside a session that names each command, an unknown one as such', () => {
  const driver = new MachineDriver();

  driver.send('XYZZY\r\nQUIT\r\n');

  expect(driver.events.at(-1)).toMatchObject({ type: 'session', commands: [{ verb: 'unknown' }, { verb: 'QUIT' }] });
});

it.each([
  ['recipient', 'EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nRSET\r\n'],
  ['content', TO_CONTENT],
  ['finish', `${TO_CONTENT}x\r\n.\r\n`],
] as const)('holds what the hop said at %s, and nothing where it said nothing', (kind, octets) => {
  const reply = { code: 550, enhanced: '5.7.1', text: 'x' };
  const eventWith = (detail: { readonly detail?: string }) => {
    const hop: Answers['hop'] = (request) =>
      request.kind === kind ? { ...refused(reply), ...detail } : willingHop(request);
    const driver = new MachineDriver({ answers: { hop } });
    driver.send(octets);
    return eventOf(driver);
  };

  expect(eventWith({ detail: '550 its words' })).toMatchObject({ detail: '550 its words' });
  expect(eventWith({})).not.toHaveProperty('detail');
});

it.each([
  ['each hop is', [true, true], true],
  ['one hop is not', [true, false], false],
  ['the first is not', [false, true], false],
  ['no hop tells', [undefined, undefined], undefined],
  ['one tells, as Amazon SES does not', [undefined, true], true],
])('says whether mail went under TLS: %s', (_, hops, hopTls) => {
  const told = [...hops];
  const hop: Answers['hop'] = (request) => {
    const isTls = request.kind === 'recipient' ? told.shift() : undefined;
    return { ...willingHop(request), ...(isTls !== undefined && { isTls }) };
  };
  const driver = new MachineDriver({ answers: { hop } });

  driver.send('EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nRCPT TO:<eve@example.com>\r\nDATA\r\nx\r\n.\r\n');

  expect(eventOf(driver)).toHaveProperty('verdict', 'accepted');
  if (hopTls === undefined) expect(eventOf(driver)).not.toHaveProperty('hopTls');
  else expect(eventOf(driver)).toHaveProperty('hopTls', hopTls);
});

it('says that mail went in the clear where a new connection at DATA is', () => {
  const hop: Answers['hop'] = (request) => ({ ...willingHop(request), isTls: request.kind !== 'content' });
  const driver = new MachineDriver({ answers: { hop } });

  driver.send(`${TO_CONTENT}x\r\n.\r\n`);

  expect(eventOf(driver)).toHaveProperty('hopTls', false);
});
