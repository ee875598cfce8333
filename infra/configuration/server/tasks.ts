/** Size and number of a server's Fargate tasks. */
import * as z from 'zod';
import { strictObject } from '../strict-object.ts';

/** Memory in MiB that Fargate sells with so many CPU units: least and most, in steps of 1024. */
const MEMORY_MIB: Readonly<Record<number, readonly [least: number, most: number]>> = {
  256: [512, 2048],
  512: [1024, 4096],
  1024: [2048, 8192],
  2048: [4096, 16_384],
  4096: [8192, 30_720],
};

export const tasksSchema = strictObject({
  /** 1024 are one processor. */
  cpu: z.literal([256, 512, 1024, 2048, 4096]).default(512),
  memoryMiB: z.int().default(1024),
  /** Two, so that the loss of one is not noticed; nor that of its zone where `zones` is two. */
  min: z.int().min(1).max(100).default(2),
  max: z.int().min(1).max(100).default(4),
  architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
  /** ECS Exec: a shell in a task, for an emergency. Its file system is then writable. */
  exec: z.boolean().default(false),
})
  .superRefine(({ cpu, memoryMiB, min, max }, context) => {
    const [least, most] = MEMORY_MIB[cpu] ?? [0, 0];
    const isSold = memoryMiB >= least && memoryMiB <= most && (memoryMiB % 1024 === 0 || memoryMiB === least);
    if (!isSold) {
      const message = `${memoryMiB} does not go with ${cpu} CPU units: ${least} to ${most} in steps of 1024 do`;
      context.addIssue({ code: 'custom', path: ['memoryMiB'], message });
    }
    if (max < min) context.addIssue({ code: 'custom', path: ['max'], message: `${max} is less than min, ${min}` });
  })
  .prefault({});

export type Tasks = z.output<typeof tasksSchema>;
