import { ITEM_ANSWERS, LIST_ANSWERS } from '../../../functions/admin/contract/answers/collection-answer.ts';
import { ISSUER_PREFIX } from '../../../policy/item.ts';
import { required } from '../../arguments.ts';
import { readAssignments, withoutNulls } from '../../assignments.ts';
import { defineCommand } from '../../command.ts';
import { listItems, putItems, removeFromCollection, showItem } from './collection.ts';

const ACTIONS = ['add', 'remove'] as const;

type Issuer = (typeof ITEM_ANSWERS.issuers)['_output'];
const ISSUERS = {
  name: 'issuers',
  singular: 'issuer',
  prefix: ISSUER_PREFIX,
  answer: ITEM_ANSWERS.issuers,
  page: LIST_ANSWERS.issuers,
  entries: ({ issuers }: { readonly issuers: readonly Issuer[] }) => issuers,
  nameOf: ({ issuer }: Issuer) => issuer,
  columns: [
    { heading: 'CLAIM ISS', cell: ({ given }: Issuer) => given.issuer },
    { heading: 'AUDIENCE', cell: ({ given }: Issuer) => given.audience },
    { heading: 'USER CLAIM', cell: ({ given }: Issuer) => given.userClaim ?? 'email', leaveOut: 2 },
    { heading: 'KEYS', cell: ({ given }: Issuer) => given.jwksUri ?? 'discovered', leaveOut: 1 },
  ],
} as const;

export const issuersCommand = defineCommand({
  name: 'issuers',
  help: `Usage: postern issuers SERVER
       postern issuers SERVER NAME
       postern issuers SERVER add NAME issuer=URL audience=TEXT [jwksUri=URL] [skewSeconds=N] [userClaim=TEXT]
       postern issuers SERVER remove NAME...

With an issuer, AUTH offers XOAUTH2 and OAUTHBEARER. The user that a token names must be among the users.

  add       makes the issuer, or replaces what it says; NAME is yours to choose
  remove    its tokens are not taken any more

  postern issuers submission add work issuer=https://login.example.com audience=postern
`,
  places: [['SERVER'], ACTIONS],
  options: {},
  run: async ({ words: [word, action, ...names] }, context) => {
    const server = required(word, 'SERVER');
    if (action === undefined) return listItems(ISSUERS, server, context);
    if (action === 'add') {
      const [name, ...assignments] = names;
      const attributes = withoutNulls(readAssignments(assignments));
      return putItems(ISSUERS, server, { names: [required(name, 'NAME')], attributes }, context);
    }
    if (action !== 'remove')
      return showItem(ISSUERS, { server, name: action, others: names, actions: ACTIONS }, context);
    required(names[0], 'NAME');
    return removeFromCollection(ISSUERS, server, names, context);
  },
});
