/** Where a transaction at an SMTP next hop stands: what it waits for, or which reply comes next. */
export type Stage =
  | 'new'
  /** Waits for a connection, or for it to be told of the client. */
  | 'lending'
  | 'mail'
  | 'recipient'
  /** Between recipients, or behind the last. */
  | 'ready'
  | 'data'
  /** A new connection is told what the old one had taken. */
  | 'replaying'
  | 'content'
  | 'final'
  | 'over';
