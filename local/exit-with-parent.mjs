/**
 * Preloaded (`--import`) into every child of the embedded run, so that none outlives its parent, even one that was
 * killed: the channel to it closes then. The programs themselves know nothing of it.
 *
 * Plain JavaScript, since an edge proxy should not load a TypeScript parser for four lines.
 */
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

function leave() {
  process.exit(1);
}

if (isMainThread) {
  // The parent may have gone before this line.
  if (!process.connected) leave();
  process.on('disconnect', leave);
  // A listener would keep a program alive that is done.
  process.channel?.unref();
}
