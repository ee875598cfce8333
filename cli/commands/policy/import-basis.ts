/**
 * What a document is based on: the policy that it was exported from.
 *
 * The API refuses a document whose versions are not the server's any more. An import that was broken off has changed the
 * server itself, so the policy that it began with is kept in a file: as long as each item is as it was then or as the
 * document wants it, only the import has changed anything that matters, and it goes on.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type PolicyAnswer,
  type PolicyDocument,
  policyAnswer,
} from '../../../functions/admin/contract/answers/policy-document.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { differencesOf } from '../../differences.ts';

/** As the API takes them. */
export interface Versions {
  readonly policyVersion?: string | null | undefined;
  readonly itemsVersion?: string | undefined;
}

interface Import {
  readonly server: string;
  readonly document: PolicyDocument;
  readonly isForced: boolean;
}

/** Items that are named where somebody has changed them. */
const NAMED = 10;

export class ImportBasis {
  readonly #import: Import;
  readonly #context: Context;
  readonly #file: string;
  #versions: Versions;
  #begunWith: PolicyAnswer | undefined;

  constructor(begun: Import, context: Context) {
    this.#import = begun;
    this.#context = context;
    const { server, document } = begun;
    const name = createHash('sha256')
      .update(JSON.stringify([context.api.url.href, server, document]))
      .digest('hex');
    this.#file = join(context.stateFolder, `import-${name.slice(0, 32)}.json`);
    this.#versions = this.#isBound
      ? { policyVersion: document.policyVersion, itemsVersion: document.itemsVersion }
      : {};
  }

  /** Versions to send along; none where the document is bound to nothing. */
  get versions(): Versions {
    return this.#isBound ? this.#versions : {};
  }

  get isForced(): boolean {
    return this.#import.isForced;
  }

  /** Bound are documents that name a version of this very server. */
  get #isBound(): boolean {
    const { server, document, isForced } = this.#import;
    const isOther = document.server !== undefined && document.server !== server;
    return !isForced && !isOther && (document.policyVersion ?? document.itemsVersion) != null;
  }

  /** @throws CliError when somebody has changed the server since the document was exported */
  begin(current: PolicyAnswer | undefined): void {
    if (!this.#isBound || current === undefined) return;
    if (this.#isBasedOn(current)) this.#begunWith = current;
    else {
      this.#begunWith = this.#kept();
      this.#take(current);
    }
    this.#keep();
  }

  /** Says it in place of refusing. */
  warn(current: PolicyAnswer | undefined): void {
    if (!this.#isBound || current === undefined || this.#isBasedOn(current)) return;
    this.#context.output.note(`${this.#changedSince()}; import would refuse the document without --force`);
  }

  /** The versions that the import's own steps have made. */
  proceed(versions: Versions): void {
    const { policyVersion, itemsVersion } = versions;
    this.#versions = { policyVersion, itemsVersion };
  }

  /**
   * Goes on from the policy as it is now, where only this import can have made it so.
   *
   * @throws CliError when somebody else has changed the server
   */
  resume(current: PolicyAnswer): void {
    if (this.#isBound) this.#take(current);
  }

  end(): void {
    if (this.#begunWith !== undefined) rmSync(this.#file, { force: true });
  }

  #isBasedOn({ policyVersion, itemsVersion }: PolicyAnswer): boolean {
    const { document } = this.#import;
    const isSame = (wanted: unknown, now: unknown): boolean => wanted === undefined || wanted === now;
    return isSame(document.policyVersion, policyVersion) && isSame(document.itemsVersion, itemsVersion);
  }

  #take(current: PolicyAnswer): void {
    const others = this.#changedByOthers(current);
    if (others === undefined) throw new CliError(`${this.#changedSince()}\n${ADVICE}`);
    if (others.length > 0) {
      const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
      throw new CliError(`${this.#changedSince()}: ${others.slice(0, NAMED).join(', ')}${more}\n${ADVICE}`);
    }
    this.proceed(current);
  }

  /** Items that are neither as they were nor as they are wanted; `undefined` when it is not known how they were. */
  #changedByOthers(current: PolicyAnswer): readonly string[] | undefined {
    if (this.#begunWith === undefined) return undefined;
    const sinceBegin = new Set(differencesOf(this.#begunWith, current).map(({ item }) => item));
    const toWanted = differencesOf(current, this.#import.document).map(({ item }) => item);
    return toWanted.filter((item) => sinceBegin.has(item));
  }

  #changedSince(): string {
    return `${this.#import.server} was changed since the document was exported`;
  }

  #kept(): PolicyAnswer | undefined {
    try {
      return policyAnswer.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
    } catch {
      // None was broken off, or its file is gone: then nothing is known.
      return undefined;
    }
  }

  #keep(): void {
    try {
      mkdirSync(this.#context.stateFolder, { recursive: true, mode: 0o700 });
      writeFileSync(this.#file, JSON.stringify(this.#begunWith), { mode: 0o600 });
    } catch {
      // Only a repetition after a break would need it, and would ask for --force.
    }
  }
}

const ADVICE =
  'Nothing was changed by this command: export again and edit that, or --force replaces what the others changed';
