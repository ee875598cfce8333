/**
 * What each error of Amazon SES means for the client: one table, and nothing else decides.
 *
 * Names are those on the wire and those of the SDK's classes. Sources: the models of `@aws-sdk/client-ses` (SendRawEmail)
 * and `@aws-sdk/client-sesv2` (SendEmail), the errors common to AWS services
 * (https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html), and what SES says in them
 * (https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html).
 *
 * 5xx is for what the client's message or its sender is refused for. What is wrong with our own account, rights or
 * configuration is no fault of the message, which may go through once an operator has read the log: 4xx.
 */
import type { Reply } from '../../../policy/reply.ts';
import { SES_REPLIES } from './replies.ts';

export interface SesErrorRow {
  readonly names: readonly string[];
  /** Only when SES's own words match; the first row that fits counts. */
  readonly says?: RegExp;
  /** Permanent when its code is 5xx. */
  readonly reply: Reply;
  /**
   * Who may read SES's words. They may name our account and role, which is for the log alone; those about a signature
   * may quote the session's token, which is for no one.
   */
  readonly words: 'client' | 'log' | 'nobody';
  /** Whether SES may have taken the message all the same. */
  readonly isUncertain?: true;
}

/** Errors that SES uses for many things and explains in words. */
const REFUSALS = [
  'MessageRejected',
  'InvalidParameterValue',
  'BadRequestException',
  'ValidationError',
  'ValidationException',
  'InvalidParameterException',
];
const THROTTLES = [
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'TooManyRequests',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'SlowDown',
];

export const SES_ERRORS: readonly SesErrorRow[] = [
  // "Email address is not verified. The following identities failed the check in region EU-WEST-1: a@example.com"
  { names: REFUSALS, says: /not verified/i, reply: SES_REPLIES.notVerified, words: 'client' },
  { names: REFUSALS, says: /configuration set/i, reply: SES_REPLIES.misconfigured, words: 'log' },
  {
    names: REFUSALS,
    says: /sending (?:is |has been )?(?:suspended|paused|disabled)|account is paused/i,
    reply: SES_REPLIES.paused,
    words: 'log',
  },
  { names: [...REFUSALS, ...THROTTLES], says: /daily .*quota/i, reply: SES_REPLIES.quotaExceeded, words: 'log' },
  { names: REFUSALS, says: /sending rate|throttl/i, reply: SES_REPLIES.rateExceeded, words: 'log' },
  // "Message length is more than 10485760 bytes long: '10485761'."
  { names: REFUSALS, says: /length is more than|too large/i, reply: SES_REPLIES.tooLarge, words: 'client' },
  // "Duplicate header 'Subject'."; "Missing required header 'From'."
  { names: REFUSALS, says: /header/i, reply: SES_REPLIES.badMessage, words: 'client' },
  // "Address blacklisted."; a list of the account's or of SES's own.
  { names: REFUSALS, says: /blacklist|suppress/i, reply: SES_REPLIES.suppressed, words: 'client' },
  // "Illegal address", "Local address contains control or whitespace", "Domain starts with dot", "Missing final '@domain'"
  { names: REFUSALS, says: /\baddress\b|\bdomain\b/i, reply: SES_REPLIES.badAddress, words: 'client' },
  { names: ['MessageRejected'], reply: SES_REPLIES.rejected, words: 'client' },
  { names: REFUSALS, reply: SES_REPLIES.badMessage, words: 'client' },
  {
    names: ['MailFromDomainNotVerifiedException', 'MailFromDomainNotVerified', 'FromEmailAddressNotVerifiedException'],
    reply: SES_REPLIES.notVerified,
    words: 'client',
  },
  {
    names: ['RequestEntityTooLarge', 'RequestEntityTooLargeException', 'RequestTooLargeException', 'RequestTooLarge'],
    reply: SES_REPLIES.tooLarge,
    words: 'client',
  },

  // The account's standing.
  { names: ['AccountSuspendedException', 'AccountSuspended'], reply: SES_REPLIES.suspended, words: 'log' },
  {
    names: [
      'AccountSendingPausedException',
      'AccountSendingPaused',
      'ConfigurationSetSendingPausedException',
      'ConfigurationSetSendingPaused',
      'SendingPausedException',
      'SendingPaused',
    ],
    reply: SES_REPLIES.paused,
    words: 'log',
  },
  { names: THROTTLES, reply: SES_REPLIES.rateExceeded, words: 'log' },
  { names: ['LimitExceededException', 'LimitExceeded'], reply: SES_REPLIES.limitExceeded, words: 'log' },

  // Our own rights, credentials, clock and configuration.
  {
    names: [
      'AccessDenied',
      'AccessDeniedException',
      'NotAuthorized',
      'UnauthorizedOperation',
      'OptInRequired',
      'ProductionAccessNotGrantedException',
      'InvalidClientTokenId',
      'UnrecognizedClientException',
      'AuthFailure',
      'ExpiredToken',
      'ExpiredTokenException',
      'RequestExpired',
      'RequestTimeTooSkewed',
      'MissingAuthenticationToken',
      'MissingAuthenticationTokenException',
      // The SDK's own, before anything was sent.
      'CredentialsProviderError',
      'TokenProviderError',
    ],
    reply: SES_REPLIES.misconfigured,
    words: 'log',
  },
  {
    names: [
      'SignatureDoesNotMatch',
      'IncompleteSignature',
      'IncompleteSignatureException',
      'InvalidSignatureException',
    ],
    reply: SES_REPLIES.misconfigured,
    words: 'nobody',
  },
  {
    names: [
      'ConfigurationSetDoesNotExistException',
      'ConfigurationSetDoesNotExist',
      'NotFoundException',
      'NotFound',
      // The endpoint is not the one of SES that we speak to.
      'InvalidAction',
      'MissingAction',
      'MissingParameter',
      'InvalidParameterCombination',
      'InvalidQueryParameter',
      'MalformedQueryString',
      'MalformedHttpRequestException',
      'UnknownOperationException',
      'SerializationException',
    ],
    reply: SES_REPLIES.misconfigured,
    words: 'log',
  },

  // The service.
  { names: ['ServiceUnavailable', 'ServiceUnavailableException'], reply: SES_REPLIES.unavailable, words: 'log' },
  {
    names: [
      'InternalFailure',
      'InternalError',
      'InternalServerError',
      'InternalServerException',
      'InternalServiceError',
      'InternalServiceErrorException',
      'RequestTimeout',
      'RequestTimeoutException',
    ],
    reply: SES_REPLIES.unavailable,
    words: 'log',
    isUncertain: true,
  },
];

/** The row of an error, `undefined` for a name that no row has. */
export function sesErrorRow(name: string, message: string): SesErrorRow | undefined {
  return SES_ERRORS.find((row) => row.names.includes(name) && row.says?.test(message) !== false);
}
