/** Objects as files: `DIRECTORY/BUCKET/KEY`. Each appears whole, under its name, or not at all. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export class ObjectStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Whether a name stays within the directory. */
  isName(bucket: string, key: string): boolean {
    const steps = [bucket, ...key.split('/')];
    return steps.every((step) => /^[A-Za-z0-9!_.*'()@=+, -]{1,200}$/.test(step) && !/^\.{1,2}$/.test(step));
  }

  async put(name: string, octets: Buffer): Promise<void> {
    const path = join(this.#directory, name);
    const draft = `${path}.${randomBytes(6).toString('hex')}.draft`;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, octets, { mode: 0o600 });
    await rename(draft, path);
  }

  async get(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.#directory, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async delete(name: string): Promise<void> {
    await rm(join(this.#directory, name), { force: true });
  }
}
