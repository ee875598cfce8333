/** Moto, where it is: a server that keeps stacks for as long as the test wants it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MotoServer } from '../support/program.ts';

const REFEREE = join(import.meta.dirname, 'moto-referee.py');

/** What the referee says; the shape is `moto-referee.py`'s. */
export interface Verdict {
  readonly endpoint: string;
  /** Physical ids by logical ids, of each stack. */
  readonly made: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly tables: readonly Readonly<Record<string, unknown>>[];
  readonly loadBalancer: {
    readonly ports: readonly number[];
    readonly zones: number;
    readonly addresses: number;
    readonly attributes: readonly Attribute[];
    readonly targetGroups: readonly (readonly Attribute[])[];
  };
}

export interface Attribute {
  readonly Key: string;
  readonly Value: string;
}

export class MotoReferee {
  readonly verdict: Verdict;
  readonly #server: MotoServer;

  private constructor(server: MotoServer) {
    this.#server = server;
    this.verdict = JSON.parse(server.said);
  }

  /** @param folder for the request */
  static async ask(request: object, folder: string): Promise<MotoReferee> {
    const path = join(folder, 'request.json');
    writeFileSync(path, JSON.stringify(request));
    return new MotoReferee(await MotoServer.start([REFEREE, path]));
  }

  end(): Promise<void> {
    return this.#server.stop();
  }
}
