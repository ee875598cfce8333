/** Node's floor: a TCP relay that reads nothing of what it passes on. */
import { ProgramSubject } from './program-subject.ts';
import type { SubjectKind } from './subject.ts';

export const PIPE: SubjectKind = {
  name: 'pipe',
  what: 'a bare TCP relay in Node; screens nothing, opens a connection for each',
  missing: () => undefined,
  start: (surroundings) => {
    const { sinkPort, bundles } = surroundings;
    return ProgramSubject.start({ name: 'pipe', command: [bundles.pipe, '--to', String(sinkPort)] }, surroundings);
  },
};

/** The same after TLS. */
export const TLS_RELAY: SubjectKind = {
  name: 'tls-relay',
  what: 'a bare relay in Node that ends TLS; implicit TLS, logins pass to the sink',
  missing: () => undefined,
  start: (surroundings) => {
    const { sinkPort, certificate, bundles } = surroundings;
    const command = [bundles.pipe, '--to', String(sinkPort), '--certificate', certificate];
    return ProgramSubject.start({ name: 'tls-relay', command, hasImplicitTls: true }, surroundings);
  },
};
