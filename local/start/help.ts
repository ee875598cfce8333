/** What `npm start -- --help` prints: ports and their variables, where things lie, how to begin anew. */
import { DEFAULT_HOME, PORTS, type PortName } from '../configuration.ts';

const WHAT: Readonly<Record<PortName, string>> = {
  submission: 'published server submission, STARTTLS',
  submissions: 'published server submission, TLS',
  inbound: 'published server inbound, STARTTLS',
  mta: 'internal MTA',
  dynamodb: 'DynamoDB endpoint',
  lambda: 'Lambda endpoint',
  ses: 'SES endpoint',
  s3: 'S3 endpoint, for held mail',
  admin: 'admin API, and the page for people',
};

export function helpText(): string {
  const ports = Object.entries(PORTS).map(
    ([name, { variable, port }]) => `  ${variable.padEnd(26)} ${String(port).padStart(5)}   ${WHAT[name as PortName]}`,
  );
  return `Usage: npm start

Runs Postern on this machine: two published servers, their functions, and local endpoints in place of AWS. Nothing
reaches a real account. "postern ready" is the last line when all is up; Ctrl-C ends everything.

Ports, all on 127.0.0.1; 0 takes a free one, and run.json in the state directory has the real ones:

${ports.join('\n')}

Other variables:

  POSTERN_HOME               state directory; without it ${DEFAULT_HOME}
  POSTERN_MTA_URL            another internal MTA, smtp://HOST:PORT
  POSTERN_DEMO_PASSWORD      password of alice@example.com; without it one is made, and kept in demo-password

In the state directory: mail/mta and mail/ses (mail that was handed on), held (mail that is held), dynamodb (tables),
functions.log, run.json, certificate.pem. To begin anew, end the run and remove the state directory.
`;
}
