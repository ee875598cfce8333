/**
 * The load generator. Usage: main.ts
 *
 * Does what its parent orders (`Order`), one order at a time, and answers each (`OrderAnswer`).
 */
import { sayListening } from '../../local/start/part-program.ts';
import { Generator } from './generator.ts';
import type { Order, OrderAnswer } from './load.ts';

let generator: Generator | undefined;

async function obey(order: Order): Promise<OrderAnswer> {
  switch (order.kind) {
    case 'open':
      generator = new Generator(order.load);
      await generator.open();
      return { kind: 'done' };
    case 'run':
      if (generator === undefined) throw new TypeError('There is no load to run');
      return { kind: 'sent', sent: await generator.run(order.stretch) };
    case 'close':
      await generator?.close();
      generator = undefined;
      return { kind: 'done' };
  }
}

process.on('message', (order: Order) => {
  const answer = obey(order).catch(
    (error: unknown): OrderAnswer => ({ kind: 'failed', problem: error instanceof Error ? error.message : `${error}` }),
  );
  void answer.then((value) => process.send?.(value));
});
// Nothing else keeps it running until the first order.
process.channel?.ref();
sayListening(0);
