/** Names by which people find the parts of a deployment; with `name` in the configuration they begin with it. */

export interface DeploymentNames {
  /** Id and name of a stack. */
  stack(name: string): string;
  /** Name of a log group. */
  log(name: string): string;
  /** Whether the deployment has a name of its own. */
  readonly isNamed: boolean;
  /** Namespace of the metrics. */
  readonly metrics: string;
}

const PRODUCT = 'Postern';

export function deploymentNames(name: string | undefined): DeploymentNames {
  const before = name === undefined ? '' : `${name}-`;
  return {
    stack: (stack) => `${before}${PRODUCT}${stack}`,
    log: (log) => `/${before}${PRODUCT.toLowerCase()}/${log}`,
    isNamed: name !== undefined,
    metrics: `${before}${PRODUCT}`,
  };
}
