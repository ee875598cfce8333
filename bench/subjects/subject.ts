/** What is measured: something that takes SMTP on a port and hands it on to the sink. */

import type { Bundles } from '../cloud/bundles.ts';
import type { BenchCloud } from '../cloud/cloud.ts';
import type { Cores } from '../machine/cores.ts';

export const SUBJECT_NAMES = [
  'postern',
  'pipe',
  'smtp-server',
  'tls-relay',
  'nginx',
  'haproxy',
  'haraka',
  'postfix',
] as const;
export type SubjectName = (typeof SUBJECT_NAMES)[number];

/** What a subject needs of its surroundings. */
export interface Surroundings {
  /** A folder of its own. */
  readonly home: string;
  readonly sinkPort: number;
  readonly cores: Cores;
  /** PEM file with private key and certificate. */
  readonly certificate: string;
  /** Whether clients come with STARTTLS and AUTH. */
  readonly needsLogin: boolean;
  readonly connections: 'new' | 'standing' | 'idle';
  readonly cloud: BenchCloud;
  readonly bundles: Bundles;
  /** Flags of Node for the edge proxy. */
  readonly nodeFlags: readonly string[];
}

/** A process whose processor time and memory are the subject's, with all that descend from it. */
export interface MeasuredProcess {
  /** `proxy`, or what else must run beside it. */
  readonly role: string;
  readonly pid: number;
}

export interface Subject {
  readonly name: SubjectName;
  readonly port: number;
  /** Whether the connection begins with TLS where others have STARTTLS. */
  readonly hasImplicitTls: boolean;
  readonly processes: readonly MeasuredProcess[];
  /** @throws BenchError when it has ended by itself */
  check(): void;
  stop(): Promise<void>;
}

export interface SubjectKind {
  readonly name: SubjectName;
  /** One line for the reader of a table. */
  readonly what: string;
  /** Why it cannot run on this machine; `undefined` when it can. */
  missing(): string | undefined;
  start(surroundings: Surroundings): Promise<Subject>;
}
