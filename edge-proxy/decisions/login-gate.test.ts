/** One client's questions wait for each other, never another's for them. */
import { setImmediate as settled } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LoginGate } from './login-gate.ts';

/** Questions that a test answers. */
class Questions {
  readonly asked: string[] = [];
  readonly #answers = new Map<string, PromiseWithResolvers<string>>();

  ask(name: string): () => Promise<string> {
    const answer = Promise.withResolvers<string>();
    this.#answers.set(name, answer);
    return () => {
      this.asked.push(name);
      return answer.promise;
    };
  }

  answer(name: string): void {
    this.#answers.get(name)?.resolve(`${name} answered`);
  }

  fail(name: string): void {
    this.#answers.get(name)?.reject(new Error(`${name} failed`));
  }
}

it('asks at once up to the bound, and the rest in order as answers come', async () => {
  const gate = new LoginGate(2);
  const questions = new Questions();
  const answers = ['a', 'b', 'c', 'd'].map((name) => gate.pass('192.0.2.1', questions.ask(name)));

  const atOnce = [...questions.asked];
  questions.answer('b');
  await settled();
  const afterOne = [...questions.asked];
  for (const name of ['a', 'c', 'd']) questions.answer(name);

  expect(await Promise.all(answers)).toEqual(['a answered', 'b answered', 'c answered', 'd answered']);
  expect([atOnce, afterOne, questions.asked]).toEqual([
    ['a', 'b'],
    ['a', 'b', 'c'],
    ['a', 'b', 'c', 'd'],
  ]);
});

it('keeps clients apart', () => {
  const gate = new LoginGate(1);
  const questions = new Questions();

  void gate.pass('192.0.2.1', questions.ask('guess'));
  void gate.pass('192.0.2.1', questions.ask('guess again'));
  void gate.pass('192.0.2.2', questions.ask('login'));

  expect(questions.asked).toEqual(['guess', 'login']);
});

it('gives the place of a question that failed to the next', async () => {
  const gate = new LoginGate(1);
  const questions = new Questions();
  const failed = gate.pass('192.0.2.1', questions.ask('a'));
  const next = gate.pass('192.0.2.1', questions.ask('b'));

  questions.fail('a');
  questions.answer('b');

  await expect(failed).rejects.toThrow('a failed');
  expect(await next).toBe('b answered');
});
