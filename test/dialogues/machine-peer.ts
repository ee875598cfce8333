/** The machine as the other side of a dialogue. */
import type { SessionEvent } from '../../policy/event.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { MachineDriver } from '../support/machine-driver.ts';
import type { Segmentation } from '../support/segmentation.ts';
import type { Peer } from './play.ts';
import type { Scene } from './scene.ts';

export class MachinePeer implements Peer {
  readonly #driver: MachineDriver;
  #read = 0;

  constructor({ policy, answers, isImplicitTls }: Scene, segmentation: Segmentation) {
    this.#driver = new MachineDriver({ policy, answers, isImplicitTls, segmentation });
  }

  async send(octets: Buffer): Promise<void> {
    this.#driver.send(octets);
  }

  async nextLine(): Promise<string | undefined> {
    const [line] = this.unread();
    this.#read += 1;
    return line;
  }

  unread(): readonly string[] {
    return this.#driver.wire.split('\r\n').slice(0, -1).slice(this.#read);
  }

  async closes(): Promise<boolean> {
    return this.#driver.isToClose && this.#driver.session.isClosed;
  }

  /** The driver shakes hands as soon as it is told to. */
  async startTls(): Promise<void> {
    if (!this.#driver.session.isTls) throw new Error('The machine did not begin TLS');
  }

  async end(): Promise<void> {
    this.#driver.end();
  }

  async reset(): Promise<void> {
    this.#driver.reset();
  }

  async wait(seconds: number): Promise<void> {
    this.#driver.advance(seconds * 1000);
  }

  offerPolicy(policy: Policy): void {
    this.#driver.session.offerPolicy(policy);
  }

  shutDown(): void {
    this.#driver.session.shutDown(this.#driver.nowMs);
    this.#driver.settle();
  }

  hopLines(): readonly string[] {
    return this.#driver.hop.lines;
  }

  events(): readonly SessionEvent[] {
    return this.#driver.events;
  }

  async eventually(check: () => void): Promise<void> {
    check();
  }
}
