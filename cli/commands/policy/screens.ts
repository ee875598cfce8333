import { ITEM_ANSWERS, LIST_ANSWERS } from '../../../functions/admin/contract/answers/collection-answer.ts';
import { SCREEN_PREFIX } from '../../../policy/screen/screen-item.ts';
import { required } from '../../arguments.ts';
import { readAssignments, withoutNulls } from '../../assignments.ts';
import { defineCommand } from '../../command.ts';
import { listItems, putItems, removeFromCollection, showItem } from './collection.ts';

const ACTIONS = ['add', 'remove'] as const;

/** Conditions whose values are alternatives, each with its exception. */
const CONDITIONS = ['attachment', 'attachmentType', 'sender', 'recipient', 'words', 'header', 'structure'];
const LISTS = CONDITIONS.flatMap((name) => [name, `except${name.charAt(0).toUpperCase()}${name.slice(1)}`]);

type Screen = (typeof ITEM_ANSWERS.screens)['_output'];
const SCREENS = {
  name: 'screens',
  singular: 'screen',
  prefix: SCREEN_PREFIX,
  answer: ITEM_ANSWERS.screens,
  page: LIST_ANSWERS.screens,
  entries: ({ screens }: { readonly screens: readonly Screen[] }) => screens,
  nameOf: ({ screen }: Screen) => screen,
  columns: [
    { heading: 'ACTION', cell: ({ action, reportOnly }: Screen) => (reportOnly ? `${action}, only reported` : action) },
    { heading: 'WHEN', cell: ({ given }: Screen) => conditionsText(given), mayBeCut: true },
  ],
} as const;

/** The conditions as they were given: `attachmentType executable script; structure ambiguous`. */
function conditionsText(given: Readonly<Record<string, unknown>>): string {
  const others = ['action', 'reply', 'forwardTo', 'tag', 'reportOnly', 'note'];
  return Object.entries(given)
    .filter(([name]) => !others.includes(name))
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : String(value)}`)
    .join('; ');
}

export const screensCommand = defineCommand({
  name: 'screens',
  help: `Usage: postern screens SERVER
       postern screens SERVER NAME
       postern screens SERVER add NAME action=ACTION CONDITION=VALUE...
       postern screens SERVER remove NAME...

Rules that judge a message before it is taken, in the order of their names (NNN-name). All conditions of a rule must
hold; the values of one, with commas, are alternatives. docs/screening.md has each with an example.

  action        refuse, hold, forward (with forwardTo=ADDRESS), discard, tag (with tag="Name: value"), accept
  conditions    attachment, attachmentType, attachmentOctets, messageOctets, sender, recipient, words (with
                where=subject|body|both), header, structure; and exceptAttachment and so on
  reply=TEXT    what the client hears of a refusal
  reportOnly    the rule is recorded, and nothing is done

  add       makes the rule, or replaces it
  remove    the rule judges no more

  postern screens inbound add 300-music action=refuse attachment='*.mp3,*.flac' reply='No music by mail'
`,
  places: [['SERVER'], ACTIONS],
  options: {},
  run: async ({ words: [word, action, ...names] }, context) => {
    const server = required(word, 'SERVER');
    if (action === undefined) return listItems(SCREENS, server, context);
    if (action === 'add') {
      const [name, ...assignments] = names;
      const attributes = withoutNulls(readAssignments(assignments, { lists: LISTS, booleans: ['reportOnly'] }));
      return putItems(SCREENS, server, { names: [required(name, 'NAME')], attributes }, context);
    }
    if (action !== 'remove')
      return showItem(SCREENS, { server, name: action, others: names, actions: ACTIONS }, context);
    required(names[0], 'NAME');
    return removeFromCollection(SCREENS, server, names, context);
  },
});
