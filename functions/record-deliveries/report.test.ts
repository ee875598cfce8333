import { describe, expect, it } from 'vitest';
import { isReportable, makeReport } from './report.ts';
import { readSesEvent, type ToldDelivery } from './ses-event.ts';
import { BOUNCE, COMPLAINT, DELAY, DELIVERY, REJECT } from './test-support/ses-examples.ts';

const REPORTER = { hostname: 'mail.example.com', nowMs: Date.parse('2017-08-05T00:42:00Z') };

function told(value: unknown): ToldDelivery {
  const read = readSesEvent(JSON.stringify(value));
  if (read === undefined) throw new Error('Not one of ours');
  return read;
}

function withHeader(name: string, value: string) {
  return { ...BOUNCE, mail: { ...BOUNCE.mail, headers: [...BOUNCE.mail.headers, { name, value }] } };
}

function from(source: string) {
  return { ...BOUNCE, mail: { ...BOUNCE.mail, source } };
}

function tagged(name: string, value: string) {
  return { ...BOUNCE, mail: { ...BOUNCE.mail, tags: { ...BOUNCE.mail.tags, [name]: [value] } } };
}

describe('a report', () => {
  it.each([
    ['a hard bounce', BOUNCE],
    ['a complaint', COMPLAINT],
    ['a bounce of what a person sent', withHeader('Auto-Submitted', 'no')],
  ])('is made about %s', (_, value) => {
    expect(isReportable(told(value))).toBe(true);
  });

  it.each([
    ['a delivery', DELIVERY],
    ['a delay', DELAY],
    ['a rejection', REJECT],
    ['a soft bounce', { ...BOUNCE, bounce: { ...BOUNCE.bounce, bounceType: 'Transient' } }],
    ['mail from the null path', tagged('postern-null-sender', 'true')],
    ['what no person sent', withHeader('Auto-Submitted', 'auto-replied')],
    ['a report', withHeader('CONTENT-TYPE', ' multipart/report; report-type=delivery-status')],
    ['mail from a postmaster, as reports are', from('Postmaster@example.com')],
    ['mail of a sender that no one can answer', from('')],
    ['mail of a sender that is no address', from('a@b\r\nBcc: c@d')],
  ])('is not made about %s', (_, value) => {
    expect(isReportable(told(value))).toBe(false);
  });

  it('of a bounce is that of RFC 3464, to the sender, from the postmaster of the sender’s own domain', () => {
    const { from: sender, to, message } = makeReport(told(BOUNCE), REPORTER);

    expect([sender, to]).toEqual(['postmaster@example.com', 'sender@example.com']);
    const [header = '', text, status, quoted] = message.split(/\r\n--postern-[\w-]{22}(?:--)?\r\n/);
    expect(header.split('\r\n')).toEqual([
      'From: Mail Delivery System <postmaster@example.com>',
      'To: <sender@example.com>',
      'Subject: Your message was not delivered',
      'Date: Sat, 05 Aug 2017 00:42:00 +0000',
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status;',
      expect.stringMatching(/^ boundary="postern-[\w-]{22}"$/),
      '',
    ]);
    expect(text).toContain('  <recipient@example.com>: 550 5.1.1 user unknown\r\n');
    expect(text).toContain('Id: Tj0naOpx_oc-.1\r\n');
    expect(status?.split('\r\n')).toEqual([
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mail.example.com',
      'Arrival-Date: Sat, 05 Aug 2017 00:40:02 +0000',
      '',
      'Final-Recipient: rfc822; recipient@example.com',
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 user unknown',
      'Last-Attempt-Date: Sat, 05 Aug 2017 00:41:02 +0000',
      '',
    ]);
    expect(quoted).toContain('Subject: Message sent from Amazon SES\r\n');
    expect(quoted).not.toContain('MIME-Version');
  });

  it('of a complaint is that of RFC 5965', () => {
    const { message } = makeReport(told(COMPLAINT), REPORTER);

    expect(message).toContain('report-type=feedback-report;\r\n');
    expect(message).toContain(
      [
        'Content-Type: message/feedback-report',
        '',
        'Feedback-Type: abuse',
        'User-Agent: Postern',
        'Version: 1',
        'Original-Mail-From: <sender@example.com>',
        'Original-Rcpt-To: <recipient@example.com>',
      ].join('\r\n'),
    );
  });

  it('has one status for each recipient, and 5.0.0 where SES gives none', () => {
    const bouncedRecipients = [{ emailAddress: 'a@x.example' }, { emailAddress: 'b@x.example', status: '5.2.2' }];

    const { message } = makeReport(told({ ...BOUNCE, bounce: { ...BOUNCE.bounce, bouncedRecipients } }), REPORTER);

    expect(message.match(/^Status: .*$/gm)).toEqual(['Status: 5.0.0', 'Status: 5.2.2']);
    expect(message).toContain('Final-Recipient: rfc822; a@x.example\r\nAction: failed');
  });

  it('has no line that a stranger wrote, whatever the header and the other server hold', () => {
    const evil = withHeader('Subject', 'x\r\nBcc: victim@example.org\r\n\r\n--postern-x\u00e9');
    const bouncedRecipients = [
      { emailAddress: 'a@x.example', diagnosticCode: `smtp; 550\r\nBcc: y${'z'.repeat(3000)}` },
    ];

    const { message } = makeReport(told({ ...evil, bounce: { ...BOUNCE.bounce, bouncedRecipients } }), REPORTER);

    expect(message).toMatch(/^[\x20-\x7E\r\n]*$/);
    expect(message).not.toMatch(/^Bcc/m);
    expect(message).not.toMatch(/[^\r]\n|\r[^\n]/);
    expect(Math.max(...message.split('\r\n').map(({ length }) => length))).toBeLessThan(998);
  });
});
