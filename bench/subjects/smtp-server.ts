/** The server library and the client library that a Node programmer would take. */
import { ProgramSubject } from './program-subject.ts';
import type { SubjectKind } from './subject.ts';

export const SMTP_SERVER: SubjectKind = {
  name: 'smtp-server',
  what: 'npm smtp-server (greets at once) and a pool of nodemailer; takes its one domain',
  missing: () => undefined,
  start: (surroundings) => {
    const { sinkPort, certificate, needsLogin, bundles } = surroundings;
    const login = needsLogin ? ['--login'] : [];
    const command = [bundles.smtpServer, '--to', String(sinkPort), '--certificate', certificate, ...login];
    return ProgramSubject.start({ name: 'smtp-server', command }, surroundings);
  },
};
