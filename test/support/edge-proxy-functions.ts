/** Lambda functions as an adapter's user sees them: answered by the test, call by call. */
import type { FunctionClient } from '../../edge-proxy/function-client.ts';

export interface FunctionCall {
  readonly name: string;
  readonly payload: object;
  readonly timeoutMs: number;
}

export class TestFunctions implements FunctionClient {
  readonly calls: FunctionCall[] = [];
  /** What the next calls are answered; may throw or never settle. */
  answer: (call: FunctionCall) => unknown;

  constructor(answer: (call: FunctionCall) => unknown = () => null) {
    this.answer = answer;
  }

  async invoke(name: string, json: string | Uint8Array, timeoutMs: number): Promise<unknown> {
    const payload: object = JSON.parse(typeof json === 'string' ? json : Buffer.from(json).toString());
    const call = { name, payload, timeoutMs };
    this.calls.push(call);
    return await this.answer(call);
  }
}
