/** Postern's edge proxy: the bundle and the variables that it has on Fargate. */
import { EDGE_PROXY_FLAGS } from '../../local/child-environment.ts';
import { ProgramSubject } from './program-subject.ts';
import type { SubjectKind } from './subject.ts';

export const POSTERN: SubjectKind = {
  name: 'postern',
  what: "Postern's edge proxy, bundled as for Fargate",
  missing: () => undefined,
  start: (surroundings) =>
    ProgramSubject.start(
      {
        name: 'postern',
        command: [...EDGE_PROXY_FLAGS, ...surroundings.nodeFlags, surroundings.bundles.edgeProxy],
        environment: surroundings.cloud.edgeProxyEnvironment(surroundings.certificate),
      },
      surroundings,
    ),
};
