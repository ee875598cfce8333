import { describe, expect, it } from 'vitest';
import { policy, texts } from '../test-support/checked.ts';
import { brokenItems, checkedServer } from './policy-items.ts';

describe('items', () => {
  it('that the API or this version cannot read are errors, each once', () => {
    const answer = policy({}, { commands: { AUTH: { maxOctets: '5OO' }, VRFI: {} } });
    const said = { ...answer, problems: [{ item: 'command#AUTH', problem: 'as the API says' }] };

    const findings = brokenItems(checkedServer('mx', answer), said);

    expect(texts(findings)).toEqual([
      'error command#AUTH: as the API says',
      expect.stringContaining('error command#VRFI: "VRFI" is not a verb that Postern knows'),
    ]);
  });

  it('that mean the same are named', () => {
    const answer = policy({}, { commands: { AUTH: { allowed: true }, auth: { allowed: false } } });

    expect(texts(brokenItems(checkedServer('mx', answer), answer))).toEqual([
      'error command#auth: means the same as command#AUTH, which is in force',
    ]);
  });
});
