import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ses from '@aws-sdk/client-ses';
import * as sesV2 from '@aws-sdk/client-sesv2';
import { describe, expect, it } from 'vitest';
import { encodeReply } from '../../../policy/reply.ts';
import { SesBed } from '../../../test/support/ses-bed.ts';
import { answerToSesError } from './answer.ts';
import { SES_ERRORS, sesErrorRow } from './errors.ts';
import { SES_REPLIES } from './replies.ts';

const SDK = join(import.meta.dirname, '../../../node_modules/@aws-sdk');

/** The error classes that a send command of the SDK documents, from its own declaration. */
function documentedErrors(declaration: string): string[] {
  const text = readFileSync(join(SDK, declaration), 'utf8');
  return [...text.matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)].map(([, name = '']) => name);
}

const COMMANDS = [
  { sdk: ses, name: 'SendRawEmail', declaration: 'client-ses/dist-types/commands/SendRawEmailCommand.d.ts' },
  { sdk: sesV2, name: 'SendEmail', declaration: 'client-sesv2/dist-types/commands/SendEmailCommand.d.ts' },
] as const;

const NAMES = [...new Set(SES_ERRORS.flatMap((row) => row.names))];

describe('the table of errors', () => {
  it.each(COMMANDS)('has each error that $name can throw', ({ sdk, declaration }) => {
    const names = documentedErrors(declaration);

    expect(names.length).toBeGreaterThanOrEqual(5);
    for (const name of names) {
      expect(sdk, 'exported by the SDK').toHaveProperty(name);
      expect(NAMES, name).toContain(name);
    }
  });

  it.each(NAMES)('has a row for %s whatever SES says with it', (name) => {
    expect(sesErrorRow(name, '')).toBeDefined();
  });

  it.each(SES_ERRORS)('has no row that is never reached: $names.0 $says', (row) => {
    const earlier = SES_ERRORS.slice(0, SES_ERRORS.indexOf(row)).filter(({ says }) => says === undefined);

    expect(row.names.some((name) => !earlier.some(({ names }) => names.includes(name)))).toBe(true);
  });

  it.each(Object.entries(SES_REPLIES))('answers in words that can go over the wire: %s', (_, reply) => {
    expect(reply.text).toMatch(/^[\x20-\x7E]+$/);
    expect(reply.enhanced).toMatch(new RegExp(`^${Math.trunc(reply.code / 100)}\\.`));
  });

  it.each([
    'AccessDenied',
    'AccessDeniedException',
    'InvalidClientTokenId',
    'SignatureDoesNotMatch',
    'ExpiredToken',
    'ConfigurationSetDoesNotExist',
    'ConfigurationSetDoesNotExistException',
    'NotFoundException',
  ])('does not blame the message for %s', (name) => {
    expect(sesErrorRow(name, 'any words')?.reply).toEqual(SES_REPLIES.misconfigured);
  });

  // Names and words as SES gives them.
  it.each([
    [
      'MessageRejected',
      'Email address is not verified. The following identities failed the check in region EU-WEST-1: a@example.com',
      '554 5.7.1 Amazon SES does not let this identity send: Email address is not verified. The following identities failed the check in region EU-WEST-1: a@example.com',
    ],
    [
      'InvalidParameterValue',
      "Duplicate header 'DKIM-Signature'.",
      "554 5.6.0 Amazon SES cannot take this message: Duplicate header 'DKIM-Signature'.",
    ],
    [
      'BadRequestException',
      "Missing required header 'From'.",
      "554 5.6.0 Amazon SES cannot take this message: Missing required header 'From'.",
    ],
    [
      'InvalidParameterValue',
      "Message length is more than 10485760 bytes long: '10485761'.",
      "552 5.3.4 Message is too large for Amazon SES: Message length is more than 10485760 bytes long: '10485761'.",
    ],
    [
      'InvalidParameterValue',
      'Header section too long.',
      '554 5.6.0 Amazon SES cannot take this message: Header section too long.',
    ],
    ['InvalidParameterValue', 'Illegal address', '553 5.1.3 Amazon SES cannot take an address: Illegal address'],
    [
      'InvalidParameterValue',
      'Local address contains control or whitespace',
      '553 5.1.3 Amazon SES cannot take an address: Local address contains control or whitespace',
    ],
    ['InvalidParameterValue', 'Something new', '554 5.6.0 Amazon SES cannot take this message: Something new'],
    [
      'MessageRejected',
      'Address blacklisted.',
      '550 5.7.1 Amazon SES does not send to a recipient: Address blacklisted.',
    ],
    [
      'MessageRejected',
      'Content contains a virus',
      '554 5.7.1 Amazon SES rejected the message: Content contains a virus',
    ],
    [
      'MessageRejected',
      'Sending suspended for this account.',
      '451 4.3.2 Sending through Amazon SES is paused, try again later',
    ],
    [
      'BadRequestException',
      'Configuration set <x> does not exist.',
      '451 4.3.5 Next hop is not configured correctly, try again later',
    ],
    ['Throttling', 'Maximum sending rate exceeded.', '451 4.3.2 Amazon SES is throttling, try again later'],
    ['Throttling', 'Daily message quota exceeded.', '451 4.3.2 Daily quota of Amazon SES is used up, try again later'],
    [
      'MessageRejected',
      'Daily sending quota exceeded.',
      '451 4.3.2 Daily quota of Amazon SES is used up, try again later',
    ],
    [
      'TooManyRequestsException',
      'Maximum sending rate exceeded.',
      '451 4.3.2 Amazon SES is throttling, try again later',
    ],
    [
      'AccountSendingPausedException',
      'Email sending is disabled',
      '451 4.3.2 Sending through Amazon SES is paused, try again later',
    ],
    ['SendingPausedException', '', '451 4.3.2 Sending through Amazon SES is paused, try again later'],
    ['LimitExceededException', '', '452 4.3.2 A limit of Amazon SES is reached, try again later'],
    ['AccountSuspendedException', '', '550 5.7.1 Amazon SES has stopped this account from sending for good'],
    [
      'MailFromDomainNotVerifiedException',
      'Mail-From domain is not verified',
      '554 5.7.1 Amazon SES does not let this identity send (sender@example.com): Mail-From domain is not verified',
    ],
    ['ServiceUnavailable', 'Slow down', '451 4.3.0 Amazon SES is unavailable, try again later'],
    ['InternalFailure', 'Sorry', '451 4.3.0 Amazon SES is unavailable, try again later'],
    ['SomethingNewException', 'New words', '451 4.4.2 Next hop dropped the connection or was late'],
  ])('answers %s: %s', (name, message, line) => {
    const answer = answerToSesError(Object.assign(new Error(message), { name }), 'sender@example.com');

    expect(encodeReply(answer.reply)).toBe(`${line}\r\n`);
    expect(answer.isTaken).toBe(false);
  });
});

describe('an error of SES as the real clients tell it', () => {
  it('is judged by its name, in both protocols, and leaks none of its words but those for the client', async () => {
    const bed = await SesBed.start();
    const secret = `words of SES\n\u{1F600} ${'long '.repeat(200)}`;
    for (const name of NAMES) {
      await bed.fail({ kind: name, message: secret });
      const row = sesErrorRow(name, secret);

      for (const error of [await refusalByV1(bed), await refusalByV2(bed)]) {
        const { reply, isTaken, rule, detail } = answerToSesError(error, 'sender@example.com');

        expect({ name, code: reply.code, enhanced: reply.enhanced, isTaken, rule }).toEqual({
          name,
          code: row?.reply.code,
          enhanced: row?.reply.enhanced,
          isTaken: false,
          rule: 'next-hop',
        });
        expect(reply.text.includes('words of SES')).toBe(row?.words === 'client');
        expect(detail?.includes('words of SES')).toBe(row?.words !== 'nobody');
        expect(reply.text).toMatch(/^[\x20-\x7E]{1,400}$/);
        expect(detail).toMatch(/^[\x20-\x7E]{1,450}$/);
      }
    }
  });

  it.each([500, 503, 400, 404, 429])('is temporary when no row has its name, with status %i', async (status) => {
    const bed = await SesBed.start();
    await bed.fail({ kind: 'NeverHeardOf', status, message: 'words' });

    for (const error of [await refusalByV1(bed), await refusalByV2(bed)]) {
      const answer = answerToSesError(error, 'sender@example.com');

      expect(answer.reply.code).toBe(451);
      expect(answer.rule).toBe(status < 500 ? 'next-hop' : 'next-hop-dropped');
      expect(answer.detail).toContain('NeverHeardOf: words');
      expect(answer.detail?.endsWith('; whether the message was taken is uncertain')).toBe(status >= 500);
    }
  });
});

async function refusalByV1(bed: SesBed): Promise<unknown> {
  const RawMessage = { Data: Buffer.from('From: a@example.com\r\n\r\n') };
  const command = new ses.SendRawEmailCommand({ Source: 'a@example.com', Destinations: ['b@example.com'], RawMessage });
  return bed.clients.ses.send(command).then(notRefused, (error: unknown) => error);
}

async function refusalByV2(bed: SesBed): Promise<unknown> {
  const command = new sesV2.SendEmailCommand({
    FromEmailAddress: 'a@example.com',
    Destination: { ToAddresses: ['b@example.com'] },
    Content: { Raw: { Data: Buffer.from('From: a@example.com\r\n\r\n') } },
  });
  return bed.clients.sesV2.send(command).then(notRefused, (error: unknown) => error);
}

function notRefused(): never {
  throw new Error('The send went well');
}
