import { describe, expect, it } from 'vitest';
import { ALICE } from '../../test/support/answers.ts';
import { type DriverOptions, MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { type OurReceived, splitReceived } from '../../test/support/received.ts';
import { mailDate } from './received-field.ts';

const TRANSACTION = 'MAIL FROM:<alice@example.com>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n';
const PLAIN = `AUTH PLAIN ${Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64')}\r\n`;

function content(options: DriverOptions, flight: string): string {
  const driver = new MachineDriver(options);
  driver.send(flight);
  driver.send('.\r\n');
  return driver.hop.messages[0]?.content ?? '';
}

function fieldOf(options: DriverOptions, flight: string): OurReceived | undefined {
  return splitReceived(content(options, flight))?.field;
}

describe('receivedField', () => {
  it('stands in front of the content, folded, with its CR LF', () => {
    expect(content({}, `EHLO client.example\r\n${TRANSACTION}`)).toBe(
      'Received: from client.example ([127.0.0.1])\r\n' +
        '\tby mx.example.com (Postern) with ESMTP\r\n' +
        '\tid S.1\r\n' +
        '\tfor <bob@example.com>;\r\n' +
        '\tFri, 2 Jan 2026 03:04:05 +0000\r\n',
    );
  });

  // RFC 3848, and RFC 6531 section 4.3.
  it.each<[transmission: string, options: DriverOptions, flight: string]>([
    ['SMTP', {}, `HELO c\r\n${TRANSACTION}`],
    ['SMTP', { isImplicitTls: true }, `HELO c\r\n${TRANSACTION}`],
    ['ESMTP', {}, `EHLO c\r\n${TRANSACTION}`],
    ['ESMTPS', { isImplicitTls: true }, `EHLO c\r\n${TRANSACTION}`],
    [
      'ESMTPA',
      { policy: testPolicy({ authentication: 'required', authenticationRequiresTls: false }) },
      `EHLO c\r\n${PLAIN}${TRANSACTION}`,
    ],
    [
      'ESMTPSA',
      { isImplicitTls: true, policy: testPolicy({ authentication: 'required' }) },
      `EHLO c\r\n${PLAIN}${TRANSACTION}`,
    ],
    ['UTF8SMTP', {}, `EHLO c\r\n${TRANSACTION.replace('com>', 'com> SMTPUTF8')}`],
    ['UTF8SMTPS', { isImplicitTls: true }, `EHLO c\r\n${TRANSACTION.replace('com>', 'com> SMTPUTF8')}`],
  ])('says %s', (transmission, options, flight) => {
    expect(fieldOf(options, flight)?.with).toBe(transmission);
  });

  it('names no recipient when there are two, so that no blind copy shows', () => {
    const flight = `EHLO c\r\n${TRANSACTION.replace('DATA', 'RCPT TO:<carol@example.com>\r\nDATA')}`;

    expect(fieldOf({}, flight)?.for).toBeUndefined();
    expect(content({}, flight)).not.toContain('bob@example.com');
  });

  it('names the one recipient that was taken when others were refused', () => {
    const flight = `EHLO c\r\n${TRANSACTION.replace('DATA', 'RCPT TO:<carol@elsewhere.example>\r\nDATA')}`;

    expect(fieldOf({}, flight)?.for).toBe('bob@example.com');
  });

  it('names the one recipient that was taken after others were refused', () => {
    const flight = `EHLO c\r\n${TRANSACTION.replace('RCPT', 'RCPT TO:<carol@elsewhere.example>\r\nRCPT')}`;

    expect(fieldOf({}, flight)?.for).toBe('bob@example.com');
  });

  it.each([
    ['an IPv4 address', '192.0.2.1', '[192.0.2.1]'],
    ['an IPv6 address', '2001:db8::1', '[IPv6:2001:db8::1]'],
  ])('writes %s as a literal', (_claim, clientAddress, literal) => {
    expect(fieldOf({ clientAddress }, `EHLO c\r\n${TRANSACTION}`)?.address).toBe(`(${literal})`.slice(1, -1));
  });

  it.each([
    ['a name with a comment in it', 'a(b)c', 'a?b?c'],
    ['a name with a semicolon', 'a;b', 'a?b'],
    ['an address literal', '[IPv6:2001:db8::1]', '[IPv6:2001:db8::1]'],
  ])('cannot be broken by %s', (_claim, name, written) => {
    expect(fieldOf({}, `EHLO ${name}\r\n${TRANSACTION}`)?.from).toBe(written);
  });
});

describe('mailDate', () => {
  it.each([
    [Date.UTC(2026, 0, 2, 3, 4, 5), 'Fri, 2 Jan 2026 03:04:05 +0000'],
    [Date.UTC(2024, 1, 29, 23, 59, 59, 999), 'Thu, 29 Feb 2024 23:59:59 +0000'],
    [Date.UTC(2025, 11, 31), 'Wed, 31 Dec 2025 00:00:00 +0000'],
  ])('writes %i as RFC 5322 section 3.3 says', (timeMs, text) => {
    expect(mailDate(timeMs)).toBe(text);
  });

  it('has no leading zero in a day, in one second and in the next', () => {
    const days = [2, 9, 10, 31].map((day) => mailDate(Date.UTC(2026, 9, day)).slice(0, 11));

    expect(days).toEqual(['Fri, 2 Oct ', 'Fri, 9 Oct ', 'Sat, 10 Oct', 'Sat, 31 Oct']);
  });

  it('names each day of a week and each month of a year', () => {
    const days = Array.from({ length: 7 }, (_, day) => mailDate(Date.UTC(2026, 0, 4 + day)).slice(0, 3));
    const months = Array.from({ length: 12 }, (_, month) => mailDate(Date.UTC(2026, month, 10)).slice(8, 11));

    expect(days.join(' ')).toBe('Sun Mon Tue Wed Thu Fri Sat');
    expect(months.join(' ')).toBe('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec');
  });
});
