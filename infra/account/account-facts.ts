/** What an account and region have, as far as a deployment depends on it. `undefined`: could not be read. */

export interface Zone {
  readonly name: string;
  /** The same in each account, where names are not: `use1-az1`. */
  readonly id: string;
}

export interface AccountFacts {
  readonly region: string;
  /** In the order in which CloudFormation counts them. */
  readonly zones: readonly Zone[];
  /** Names of the zones of each service's endpoint, by the last part of its name. */
  readonly endpointZones: ReadonlyMap<string, readonly string[]>;
  /** Elastic IPs, with the stack that each belongs to. */
  readonly addresses: readonly { readonly stack: string | undefined }[];
  readonly quotas: {
    readonly elasticIps: number | undefined;
    readonly loadBalancers: number | undefined;
    readonly fargateVcpus: number | undefined;
    readonly lambdaConcurrency: number | undefined;
  };
  /** Secrets that are there, by the name or ARN that was asked for. */
  readonly secrets: ReadonlySet<string>;
  /** Identities of SES, and whether mail may go to anyone. */
  readonly sesIdentities: ReadonlySet<string>;
  readonly isSesSandbox: boolean | undefined;
  /** Stacks whose first deployment failed. */
  readonly failedStacks: readonly string[];
  /** Stacks that stand. */
  readonly stacks: ReadonlySet<string>;
}
