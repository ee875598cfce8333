/**
 * Events as the developer guide of Amazon SES shows them ("Examples of event data that Amazon SES publishes to Amazon
 * SNS"), with the tags of a message of ours beside those that SES adds itself.
 */
import { sesTags } from '../../../policy/ses-tags.ts';

export const ORIGIN = {
  server: 'submission',
  transaction: 'Tj0naOpx_oc-.1',
  identity: 'alice@example.com',
  hasNullSender: false,
} as const;

const MESSAGE_ID = 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000';
const FEEDBACK_ID = '01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000';

const HEADERS = [
  { name: 'From', value: 'Sender Name <sender@example.com>' },
  { name: 'To', value: 'recipient@example.com' },
  { name: 'Subject', value: 'Message sent from Amazon SES' },
  { name: 'MIME-Version', value: '1.0' },
  { name: 'Content-Type', value: 'multipart/alternative; boundary="----=_Part_7307378_1629847660.1516840721503"' },
];

const MAIL = {
  timestamp: '2017-08-05T00:40:02.012Z',
  source: 'sender@example.com',
  sourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/sender@example.com',
  sendingAccountId: '123456789012',
  messageId: MESSAGE_ID,
  destination: ['recipient@example.com'],
  headersTruncated: false,
  headers: HEADERS,
  commonHeaders: {
    from: ['Sender Name <sender@example.com>'],
    to: ['recipient@example.com'],
    messageId: MESSAGE_ID,
    subject: 'Message sent from Amazon SES',
  },
  tags: {
    'ses:configuration-set': ['ConfigSet'],
    'ses:source-ip': ['192.0.2.0'],
    'ses:from-domain': ['example.com'],
    'ses:caller-identity': ['ses_user'],
    ...Object.fromEntries(sesTags(ORIGIN).map(({ Name, Value }) => [Name, [Value]])),
  },
};

export const BOUNCE = {
  eventType: 'Bounce',
  bounce: {
    bounceType: 'Permanent',
    bounceSubType: 'General',
    bouncedRecipients: [
      {
        emailAddress: 'recipient@example.com',
        action: 'failed',
        status: '5.1.1',
        diagnosticCode: 'smtp; 550 5.1.1 user unknown',
      },
    ],
    timestamp: '2017-08-05T00:41:02.669Z',
    feedbackId: FEEDBACK_ID,
    reportingMTA: 'dsn; mta.example.com',
  },
  mail: MAIL,
};

export const COMPLAINT = {
  eventType: 'Complaint',
  complaint: {
    complainedRecipients: [{ emailAddress: 'recipient@example.com' }],
    timestamp: '2017-08-05T00:41:02.669Z',
    feedbackId: FEEDBACK_ID,
    userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)',
    complaintFeedbackType: 'abuse',
    arrivalDate: '2017-08-05T00:41:02.669Z',
  },
  mail: { ...MAIL, timestamp: '2017-08-05T00:40:01.123Z' },
};

export const DELIVERY = {
  eventType: 'Delivery',
  mail: { ...MAIL, timestamp: '2016-10-19T23:20:52.240Z' },
  delivery: {
    timestamp: '2016-10-19T23:21:04.133Z',
    processingTimeMillis: 11893,
    recipients: ['recipient@example.com'],
    smtpResponse: '250 2.6.0 Message received',
    reportingMTA: 'mta.example.com',
  },
};

export const REJECT = {
  eventType: 'Reject',
  mail: { ...MAIL, timestamp: '2016-10-14T17:38:15.211Z', destination: ['sender@example.com'] },
  reject: { reason: 'Bad content' },
};

/** The guide shows this one without a header. */
const { headers: _headers, commonHeaders: _commonHeaders, ...MAIL_WITHOUT_HEADER } = MAIL;
export const DELAY = {
  eventType: 'DeliveryDelay',
  mail: { ...MAIL_WITHOUT_HEADER, timestamp: '2020-06-16T00:15:40.641Z' },
  deliveryDelay: {
    timestamp: '2020-06-16T00:25:40.095Z',
    delayType: 'TransientCommunicationFailure',
    expirationTime: '2020-06-16T00:25:40.914Z',
    delayedRecipients: [
      {
        emailAddress: 'recipient@example.com',
        status: '4.4.1',
        diagnosticCode: 'smtp; 421 4.4.1 Unable to connect to remote host',
      },
    ],
  },
};

export const SEND = { eventType: 'Send', mail: MAIL, send: {} };

export const ALL = { BOUNCE, COMPLAINT, DELIVERY, REJECT, DELAY };
