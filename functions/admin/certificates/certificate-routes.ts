/** `/servers/{server}/certificate`: the certificate that a deployment has made. */
import * as z from 'zod';
import { logProblem, problemOfError } from '../../log.ts';
import { renewAnswer, renewBody } from '../contract/answers/certificate-answer.ts';
import { serverSchema } from '../contract/answers/names.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { publishedSettings } from '../servers/policy-in-force.ts';

const renewCertificate = defineRoute({
  method: 'POST',
  path: '/servers/{server}/certificate/renew',
  summary:
    'Have the certificate renewed that the deployment keeps for a server; an event `certificate` tells the outcome',
  parameters: z.strictObject({ server: serverSchema }),
  body: renewBody,
  answers: { 202: renewAnswer },
  problems: [404, 503],
  handle: async ({ parameters: { server }, body: { force } }, stores) => {
    await publishedSettings(server, stores);
    if (stores.renewals === undefined) throw new Problem('not-found', 'This deployment has no certificate made');
    try {
      await stores.renewals.request({ server, force });
    } catch (error) {
      logProblem({ function: 'admin', server, problem: problemOfError(error) });
      throw new Problem('unavailable', 'The renewal could not be asked for');
    }
    return { status: 202, value: { server, requested: true } };
  },
});

export const CERTIFICATE_ROUTES: readonly Route[] = [renewCertificate];
