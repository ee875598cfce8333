import { noMore, required } from '../arguments.ts';
import { readAssignments, withoutNulls } from '../assignments.ts';
import { defineCommand } from '../command.ts';
import { type Collection, listItems, putItems, removeItems, showItem } from './collection.ts';

const ISSUERS: Collection = {
  name: 'issuers',
  singular: 'issuer',
  parameter: 'issuer',
  columns: [
    { heading: 'CLAIM ISS', cell: ({ given }) => given.issuer },
    { heading: 'AUDIENCE', cell: ({ given }) => given.audience },
    { heading: 'USER CLAIM', cell: ({ given }) => given.userClaim ?? 'email' },
    { heading: 'KEYS', cell: ({ given }) => given.jwksUri ?? 'discovered' },
  ],
};

export const issuersCommand = defineCommand({
  name: 'issuers',
  summary: 'issuers of OAuth tokens by which users log in',
  help: `Usage: npm run postern -- issuers SERVER
       npm run postern -- issuers SERVER NAME
       npm run postern -- issuers SERVER add NAME issuer=URL audience=TEXT [jwksUri=URL] [skewSeconds=N]
                                       [userClaim=TEXT]
       npm run postern -- issuers SERVER remove NAME...

With an issuer, AUTH offers XOAUTH2 and OAUTHBEARER. The user that a token names must be among the users.

  add       makes the issuer, or replaces what it says; NAME is yours to choose
  remove    its tokens are not taken any more
`,
  options: {},
  run: async ({ words: [word, action, ...names] }, context) => {
    const server = required(word, 'SERVER');
    if (action === undefined) return listItems(ISSUERS, server, context);
    if (action === 'add') {
      const [name, ...assignments] = names;
      const attributes = withoutNulls(readAssignments(assignments));
      return putItems(ISSUERS, server, { names: [required(name, 'NAME')], attributes }, context);
    }
    if (action !== 'remove') {
      noMore(names);
      return showItem(ISSUERS, server, action, context);
    }
    required(names[0], 'NAME');
    return removeItems(ISSUERS, server, names, context);
  },
});
