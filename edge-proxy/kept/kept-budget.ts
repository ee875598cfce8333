/** Room for kept content, over all sessions of a task. */
import { OctetBudget } from '../octet-budget.ts';
import { SpareBlocks } from './spare-blocks.ts';

/** Octets of memory, default: 256 messages at their bound. */
const MEMORY_OCTETS = 67_108_864;
/** Octets of disk, default: less than half of the 20 GiB that a Fargate task has. */
export const DISK_OCTETS = 8_589_934_592;

export class KeptBudget {
  readonly memory: OctetBudget;
  readonly disk: OctetBudget;
  readonly blocks = new SpareBlocks();
  /** Where files without a name are made. */
  readonly directory: string;

  constructor(directory: string, diskOctets = DISK_OCTETS, memoryOctets = MEMORY_OCTETS) {
    this.directory = directory;
    this.memory = new OctetBudget(memoryOctets);
    this.disk = new OctetBudget(diskOctets);
  }
}
