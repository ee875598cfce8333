/** What is found in a file, as its octets come by: kinds, and the names of files inside. */

import { typeByName } from '../../../../policy/screen/attachment-type.ts';
import type { AttachmentType } from '../../../../policy/screen/message-facts.ts';
import { addFileName } from '../common/file-names.ts';
import type { Findings } from '../common/findings.ts';

export class FileContents {
  readonly types = new Set<AttachmentType>();
  readonly namesInside = new Set<string>();
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  get findings(): Findings {
    return this.#findings;
  }

  /** Adds the name of a file inside, and the kind that it claims. */
  addInside(name: string): void {
    // Once in a local header, once in the central directory.
    if (this.namesInside.has(name) || !this.#findings.takeNameInside()) return;
    const names = new Set<string>();
    addFileName(names, name);
    for (const each of names) {
      this.namesInside.add(each);
      const type = typeByName(each);
      if (type !== undefined) this.types.add(type);
    }
  }
}

/** Reads a file that is looked into from its first octet to its last. */
export interface FileReader {
  receive(octets: Buffer): void;
  end(): void;
}
