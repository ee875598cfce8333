/** The schema by which editors complete and check `postern.config.json`, made of the one that reads it. */
import * as z from 'zod';
import {
  CLIENT_PREFIX,
  COMMAND_PREFIX,
  clientSchema,
  commandSchema,
  DOMAIN_PREFIX,
  domainSchema,
  ISSUER_PREFIX,
  SENDER_PREFIX,
  SETTINGS_ITEM,
  senderSchema,
} from '../../policy/item.ts';
import { settingsSchema } from '../../policy/settings.ts';
import { configurationInputSchema } from './configuration.ts';

type Json = Readonly<Record<string, unknown>>;

/** Kinds of first items, by what their keys begin with; an editor offers the attributes of each. */
const ITEMS: readonly (readonly [pattern: string, schema: z.ZodType])[] = [
  [`^${SETTINGS_ITEM}$`, settingsSchema],
  [`^${COMMAND_PREFIX}`, commandSchema],
  [`^${DOMAIN_PREFIX}`, domainSchema],
  [`^${CLIENT_PREFIX}`, clientSchema],
  [`^${SENDER_PREFIX}`, senderSchema],
  [`^${ISSUER_PREFIX}`, z.looseObject({})],
];

export function configurationJsonSchema(): Json {
  const schema = z.toJSONSchema(configurationInputSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema, path }) => {
      // That of a server; `existing.tables` has one too.
      if (path.at(-1) !== 'policy' || !path.includes('servers')) return;
      jsonSchema.items = { type: 'object', required: ['item'], allOf: ITEMS.map(itemRule) } as typeof jsonSchema.items;
    },
  });
  return { title: 'Postern deployment', ...schema };
}

/** `if` the key begins so, `then` these attributes. Values are checked by the reader, which takes several spellings. */
function itemRule([pattern, schema]: (typeof ITEMS)[number]): Json {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const names = Object.entries(properties as Readonly<Record<string, Json>>);
  return {
    if: { properties: { item: { type: 'string', pattern } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      properties: {
        item: true,
        note: { type: 'string' },
        ...Object.fromEntries(names.map(([name, { default: value }]) => [name, hint(value)])),
      },
    },
  };
}

function hint(value: unknown): Json {
  return value === undefined ? {} : { default: value };
}
