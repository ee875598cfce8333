/** The account's executions, as Lambda keeps them. */
import {
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import type { Concurrency } from './reserve-concurrency.ts';

export class LambdaConcurrency implements Concurrency {
  readonly #client: LambdaClient;

  constructor(client: LambdaClient) {
    this.#client = client;
  }

  async unreserved(): Promise<number> {
    const { AccountLimit } = await this.#client.send(new GetAccountSettingsCommand());
    return AccountLimit?.UnreservedConcurrentExecutions ?? 0;
  }

  async reservedBy(FunctionName: string): Promise<number> {
    const { ReservedConcurrentExecutions } = await this.#client.send(
      new GetFunctionConcurrencyCommand({ FunctionName }),
    );
    return ReservedConcurrentExecutions ?? 0;
  }

  async reserve(FunctionName: string, ReservedConcurrentExecutions: number): Promise<void> {
    await this.#client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  }

  async release(FunctionName: string): Promise<void> {
    await this.#client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  }
}
