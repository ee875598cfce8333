/** What is sent for what was typed into the forms of users and of Try it. */
import { describe, expect, it } from 'vitest';
import { dialogueText, explainBody, type TriedForm } from './try-it.ts';
import { limitsText, usedText, userForm, userPatch } from './users.ts';

describe('a user as a form', () => {
  const user = { enabled: true, servers: ['submission'], senders: ['a@b.example'], limits: { messagesPerDay: 5 } };
  const form = userForm(user);

  it('sends nothing where nothing was changed', () => {
    expect(userPatch(form, form)).toEqual({});
  });

  it.each<[changes: Partial<typeof form>, patch: object]>([
    [{ enabled: false }, { enabled: false }],
    [{ servers: 'a, b  c' }, { servers: ['a', 'b', 'c'] }],
    [{ senders: '' }, { senders: [] }],
    [{ note: 'x' }, { note: 'x' }],
    [
      { limits: { ...form.limits, messagesPerDay: '', messagesPerHour: '7' } },
      { limits: { messagesPerDay: null, messagesPerHour: 7 } },
    ],
    // Not a number: the API says what is wrong with it.
    [{ limits: { ...form.limits, messagesPerDay: 'many' } }, { limits: { messagesPerDay: 'many' } }],
  ])('with %j sends %j, and the way back is the way there', (changes, patch) => {
    const after = { ...form, ...changes };

    expect(userPatch(form, after)).toEqual(patch);
    expect(Object.keys(userPatch(after, form))).toEqual(Object.keys(patch));
  });

  it.each([
    [{ messagesPerDay: 3 }, '3 of 5 used up today'],
    [undefined, ''],
  ])('with %j sent says %j', (used, text) => {
    expect(usedText(used, 'messagesPerDay', user.limits)).toBe(text);
    expect(usedText({ recipientsPerHour: 2 }, 'recipientsPerHour', {})).toBe('2 this hour; no limit');
  });

  it('shows its limits in words', () => {
    expect(limitsText(user.limits)).toBe('5 messages a day');
  });
});

describe('what is tried', () => {
  const form: TriedForm = { from: '', to: '', client: '', user: '', tls: false, message: '', dialogue: '' };

  it.each<[typed: Partial<TriedForm>, mode: 'message' | 'dialogue', body: object]>([
    [{}, 'message', { from: '', to: [] }],
    [
      { from: '<a@b.example>', to: 'c@d.example, <e@f.example>' },
      'message',
      { from: 'a@b.example', to: ['c@d.example', 'e@f.example'] },
    ],
    [
      { client: ' 203.0.113.9 ', tls: true, user: 'bob' },
      'message',
      { client: { address: '203.0.113.9', tls: true }, identity: 'bob', from: '', to: [] },
    ],
    [{ message: 'Subject: x\n\ny\n' }, 'message', { from: '', to: [], content: 'Subject: x\r\n\r\ny\r\n' }],
    [{ dialogue: 'EHLO a\nDATA\n\n.\n' }, 'dialogue', { dialogue: ['EHLO a', 'DATA', '', '.'] }],
    // What no line says is JSON; what only looks so is a line.
    [{ dialogue: '{"waitSeconds":3}\n{"x":1}' }, 'dialogue', { dialogue: [{ waitSeconds: 3 }, '{"x":1}'] }],
  ])('%j as a %s is asked as %j', (typed, mode, body) => {
    expect(explainBody({ ...form, ...typed }, mode)).toEqual(body);
  });

  it('comes back from a recorded session as it went', () => {
    const entries = ['EHLO a', { octets: 'WA0K' }, 'QUIT'];

    expect(explainBody({ ...form, dialogue: dialogueText(entries) }, 'dialogue')).toEqual({ dialogue: entries });
  });
});
