/** Clients that speak another protocol, with SMTP of an attacker's in what they carry. */
import { describe, expect, it } from 'vitest';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { SEGMENTATIONS } from '../../test/support/segmentation.ts';

/** What a page has a browser send, or a program that fetches what it is told to. */
const BODY =
  'EHLO x\r\nMAIL FROM:<a@attacker.example>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n';
const NOT_SMTP = '421 4.7.0 This is an SMTP server, closing connection\r\n';

function request(line: string, ...fields: readonly string[]): string {
  return `${[line, ...fields, `Content-Length: ${BODY.length}`].join('\r\n')}\r\n\r\n${BODY}`;
}

/** A ClientHello, as far as it matters, whose server name or session ticket is an attacker's. */
const HELLO_WITH_COMMANDS = `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${'\x7f'.repeat(32)}\x20\r\n${BODY}`;

/** Whole flights as these programs send them. */
const CLIENTS: readonly [string, string, string][] = [
  [
    'Chrome, a no-cors POST of a page',
    'HTTP',
    request(
      'POST / HTTP/1.1',
      'Host: mx.example.com:2525',
      'Connection: keep-alive',
      'sec-ch-ua-platform: "Linux"',
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
      'sec-ch-ua: "Chromium";v="131"',
      'Content-Type: text/plain;charset=UTF-8',
      'Accept: */*',
      'Origin: http://attacker.example',
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Mode: no-cors',
      'Accept-Encoding: gzip, deflate',
    ),
  ],
  ['curl', 'HTTP', request('POST / HTTP/1.1', 'Host: mx:25', 'User-Agent: curl/7.88.1', 'Accept: */*')],
  ['Python urllib', 'HTTP', request('POST /hook HTTP/1.1', 'Accept-Encoding: identity', 'Host: mx:25')],
  ['Go net/http', 'HTTP', request('PUT / HTTP/1.1', 'Host: mx:25', 'User-Agent: Go-http-client/1.1')],
  ['Java', 'HTTP', request('PATCH / HTTP/1.1', 'User-Agent: Java/17.0.1', 'Host: mx:25')],
  ['PHP', 'HTTP', request('POST / HTTP/1.0', 'Host: mx:25', 'Connection: close')],
  ['a request without a version', 'HTTP', `GET /\r\n${BODY}`],
  ['a request that ends its lines with LF alone', 'HTTP', `POST / HTTP/1.0\nHost: mx\n\n${BODY}`],
  ['a request with a method of its own', 'HTTP', request('PROPFIND / HTTP/1.1', 'Host: mx:25')],
  ['a request whose method is a verb of SMTP', 'HTTP', request('EHLO / HTTP/1.1', 'Host: mx:25')],
  ['a request in lower case', 'HTTP', request('post / http/1.1', 'host: mx:25')],
  ['a request after an empty line', 'HTTP', `\r\n${request('LOCK / HTTP/1.1', 'Host: mx:25')}`],
  ['a request of a long line', 'HTTP', request(`POST /${'a'.repeat(5000)} HTTP/1.1`, 'Host: mx:25')],
  [
    'a request of a long line with an odd method',
    'header',
    request(`BASELINE-CONTROL /${'a'.repeat(5000)} HTTP/1.1`, 'Host: mx:25'),
  ],
  ['a proxy request', 'HTTP', `CONNECT attacker.example:443 HTTP/1.1\r\nHost: x\r\n\r\n${BODY}`],
  ['HTTP/2 without TLS', 'HTTP', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0${BODY}`],
  ['RTSP', 'RTSP', `DESCRIBE rtsp://mx:25/ RTSP/1.0\r\nCSeq: 1\r\n\r\n${BODY}`],
  ['SIP', 'SIP', `INVITE sip:x@mx:25 SIP/2.0\r\nVia: x\r\n\r\n${BODY}`],
  ['TLS in the clear, with commands in a name', 'TLS', HELLO_WITH_COMMANDS],
  ['FTP, a user name with commands', 'FTP', `USER a\r\n${BODY}`],
  ['POP3', 'POP3', `CAPA\r\n${BODY}`],
  ['IMAP', 'IMAP', `A001 CAPABILITY\r\nA002 LOGIN a b\r\n${BODY}`],
  ['dict', 'dict', `CLIENT libcurl 7.88.1\r\n${BODY}`],
  ['Redis', 'Redis', `*2\r\n$4\r\nECHO\r\n$9\r\n${BODY}`],
  ['IRC', 'IRC', `NICK a\r\n${BODY}`],
  ['NNTP', 'NNTP', `MODE READER\r\n${BODY}`],
  ['SSH', 'SSH', `SSH-2.0-libssh2_1.10.0\r\n${BODY}`],
  ['Java RMI', 'RMI', `JRMI\0\x02K\r\n${BODY}`],
  ['Git', 'Git', `0032git-upload-pack /a\0host=x\r\n${BODY}`],
  ['rsync', 'rsync', `@RSYNCD: 31.0\r\n${BODY}`],
  ['XMPP', 'XML', `<stream:stream to="x">\r\n${BODY}`],
  ['JSON', 'JSON', `{"id":1}\r\n${BODY}`],
  ['telnet', 'telnet', `\xff\xfd\x03\xff\xfb\x18\r\n${BODY}`],
  ['PROXY version 1', 'PROXY', `PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n${BODY}`],
  ['PROXY version 2', 'PROXY', `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x01\x02\x03\x04\x01\x02\x03\x04\0\x01\0\x19${BODY}`],
];

describe.each(SEGMENTATIONS)('what is not SMTP, $name', (segmentation) => {
  it.each(CLIENTS)('ends the session before anything that it carries: %s', (_what, protocol, flight) => {
    const driver = new MachineDriver({ segmentation });

    driver.send(flight);

    expect(driver.replies.at(-1)).toBe(NOT_SMTP);
    // At most the empty lines before it.
    expect(driver.replies.slice(1, -1).filter((reply) => !reply.startsWith('500 '))).toEqual([]);
    expect(driver.isToClose).toBe(true);
    expect(driver.hop.lines).toEqual([]);
    expect(driver.events).toContainEqual(
      expect.objectContaining({ type: 'refusal', rule: 'not-smtp', verb: protocol, reply: NOT_SMTP.trimEnd() }),
    );
    expect(driver.events.at(-1)).toMatchObject({ type: 'session', ending: 'not-smtp', transactions: 0 });
  });
});

describe('an HTTP request', () => {
  it.each([
    ['after EHLO', 'EHLO x\r\n'],
    ['in a transaction', 'EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<bob@example.com>\r\n'],
    ['after unknown commands', 'XYZZY\r\n'],
  ])('ends the session %s', (_when, before) => {
    const driver = new MachineDriver();
    driver.send(before);

    driver.send(request('POST / HTTP/1.1', 'Host: mx'));

    expect(driver.replies.at(-1)).toBe(NOT_SMTP);
    expect(driver.hop.messages).toEqual([]);
  });

  it('ends the session of a server that only reports, too', () => {
    const driver = new MachineDriver({ policy: testPolicy({ reportOnly: true }) });

    driver.send(request('POST / HTTP/1.1', 'Host: mx'));

    expect(driver.wire).toMatch(/^220 [^\r]+\r\n421 4\.7\.0 [^\r]+\r\n$/);
  });

  it('is content within content', () => {
    const driver = new MachineDriver();

    driver.send(`EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nGET / HTTP/1.1\r\n.\r\n`);

    expect(driver.replies.at(-1)).toMatch(/^250 /);
  });
});

describe('content of a client that did not wait for 354', () => {
  const CONTENT = 'Subject: x\r\n\r\nMAIL FROM:<a@attacker.example>\r\nRCPT TO:<bob@example.com>\r\n.\r\n';

  it('is taken where DATA is', () => {
    const driver = new MachineDriver();

    driver.send(`EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n${CONTENT}`);

    expect(driver.replies.at(-1)).toMatch(/^250 /);
    expect(driver.hop.messages).toHaveLength(1);
  });

  it('is never carried out as commands where DATA is refused', () => {
    const driver = new MachineDriver();

    driver.send(`EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<bob@elsewhere.example>\r\nDATA\r\n${CONTENT}`);

    expect(driver.replies.map((reply) => reply.slice(0, 3)).slice(-3)).toEqual(['550', '554', '421']);
    expect(driver.hop.lines).toEqual([]);
    expect(driver.events).toContainEqual(expect.objectContaining({ rule: 'not-smtp', verb: 'content' }));
  });

  it.each(['RSET', 'QUIT', 'XYZZY'])('is not what %s is', (command) => {
    const driver = new MachineDriver();

    driver.send(`EHLO x\r\nDATA\r\n${command}\r\n`);

    expect(driver.replies.at(-1)).not.toMatch(/^421 /);
  });
});

// One that has said a verb of SMTP is a client out of step, or a person at a keyboard.
describe('a line that is no SMTP', () => {
  it.each([
    ['USER a', true],
    ['Subject: x', true],
    ['A001 LOGIN a b', true],
    ['PROXY TCP4 192.0.2.1 192.0.2.2 1 25', true],
    ['XYZZY', false],
    ['', false],
    [' NOOP', false],
    ['\x01\x02', false],
  ])('%j ends a session as its first line alone', (line, isForeign) => {
    const [first, later] = [new MachineDriver(), new MachineDriver()];
    later.send('EHLO x\r\n');

    for (const driver of [first, later]) driver.send(`${line}\r\n`);

    expect(first.replies.at(-1)?.slice(0, 3)).toBe(isForeign ? '421' : '500');
    expect(later.replies.at(-1)?.slice(0, 3)).toBe('500');
  });

  it('is judged anew under TLS', () => {
    const driver = new MachineDriver();
    driver.send('EHLO x\r\n');
    driver.send('STARTTLS\r\n');
    driver.shakeHands();

    driver.send(`USER a\r\n${BODY}`);

    expect(driver.replies.at(-1)).toBe(NOT_SMTP);
  });
});
