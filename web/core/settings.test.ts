import { describe, expect, it } from 'vitest';
import { settingBody, settingRows } from './settings.ts';

describe('the table of settings', () => {
  it('has each with its unit, what may be typed, and where its value comes from', () => {
    const rows = settingRows(
      {
        settings: { maxMessageOctets: 26_214_400, relay: 'any-domain', mechanisms: null },
        given: { relay: 'any-domain', enabled: 'perhaps' },
      },
      {
        relay: { type: 'string', enum: ['any-domain', 'listed-domains'], default: 'listed-domains' },
        maxMessageOctets: { type: 'integer', default: 26_214_400 },
        enabled: { type: 'boolean', default: true },
      },
    );
    const row = (name: string) => rows.find((each) => each.name === name);

    expect(row('relay')).toMatchObject({
      kind: 'choice',
      value: 'any-domain',
      standard: 'listed-domains',
      isGiven: true,
    });
    expect(row('maxMessageOctets')).toMatchObject({ kind: 'text', unit: 'octets', shown: '25 MiB', isGiven: false });
    // An item that does not parse is shown as it stands.
    expect(row('enabled')).toMatchObject({ kind: 'boolean', value: 'perhaps', isGiven: true });
    expect(row('mechanisms')).toMatchObject({ value: '', standard: '(none)' });
  });

  it.each<[name: string, typed: string, body: unknown]>([
    ['maxErrors', '20', 20],
    ['maxErrors', '', null],
    // What is no number is sent as it is, for the API to say so.
    ['maxErrors', '1e3', '1e3'],
    ['enabled', 'false', false],
    ['mechanisms', 'PLAIN, LOGIN', ['PLAIN', 'LOGIN']],
    ['hostname', ' mx.example ', 'mx.example'],
  ])('%s typed as %j is sent as %j', (name, typed, body) => {
    expect(settingBody(name, typed)).toEqual(body);
  });
});
