/** All fuzz targets. */
import { dataScannerTarget } from './data-scanner.ts';
import { hopClientTarget } from './hop-client.ts';
import { hopOpeningTarget } from './hop-opening.ts';
import { machineTarget } from './machine.ts';
import { mimeTarget } from './mime.ts';
import { parsersTarget } from './parsers.ts';
import type { FuzzTarget } from './target.ts';

export const TARGETS: readonly FuzzTarget[] = [
  machineTarget,
  dataScannerTarget,
  hopClientTarget,
  hopOpeningTarget,
  mimeTarget,
  parsersTarget,
];

export function targetNamed(name: string): FuzzTarget | undefined {
  return TARGETS.find((target) => target.name === name);
}
