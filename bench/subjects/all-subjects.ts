/** Every subject there is, in the order in which they take turns. */
import { HAPROXY } from './haproxy.ts';
import { HARAKA } from './haraka.ts';
import { NGINX } from './nginx.ts';
import { PIPE, TLS_RELAY } from './pipe.ts';
import { POSTERN } from './postern.ts';
import { POSTFIX } from './postfix.ts';
import { SMTP_SERVER } from './smtp-server.ts';
import type { SubjectKind } from './subject.ts';

export const SUBJECTS: readonly SubjectKind[] = [
  POSTERN,
  PIPE,
  SMTP_SERVER,
  TLS_RELAY,
  NGINX,
  HAPROXY,
  HARAKA,
  POSTFIX,
];
