/** Columns of the archive's table, made of the events' own schema: what is reported tomorrow has its column tomorrow. */
import * as z from 'zod';
import { eventSchema, type PosternEvent } from '../../policy/event.ts';

export interface Column {
  readonly name: string;
  /** The type of Hive, as Glue writes it. */
  readonly type: string;
}

/** What edge proxies report; other events are in the table alone. */
export const ARCHIVED_TYPES = [
  'session',
  'transaction',
  'refusal',
  'login',
  'limit',
  'policy-invalid',
  'next-hop',
] as const satisfies readonly PosternEvent['type'][];

/** Names that folders hold, or that the archive leaves out. */
const LEFT_OUT: readonly string[] = ['server', 'keepDays'];

interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

/** Lower case, as Glue has names; the JSON of an event is read without regard to it. */
export function archiveColumns(): readonly Column[] {
  const { oneOf } = z.toJSONSchema(eventSchema) as { readonly oneOf?: readonly Shape[] };
  const shapes = (oneOf ?? []).filter(({ properties }) =>
    ARCHIVED_TYPES.some((type) => properties?.type?.const === type),
  );
  const columns = new Map<string, string>();
  for (const [name, shape] of shapes.flatMap(({ properties = {} }) => Object.entries(properties))) {
    if (LEFT_OUT.includes(name)) continue;
    const type = hiveType(shape);
    const known = columns.get(name.toLowerCase()) ?? type;
    if (known !== type) throw new TypeError(`Events have ${name} as ${known} and as ${type}`);
    columns.set(name.toLowerCase(), type);
  }
  return [...columns].map(([name, type]) => ({ name, type }));
}

function hiveType({ type, properties, items, enum: values, const: constant }: Shape): string {
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(([name, shape]) => `${name.toLowerCase()}:${hiveType(shape)}`);
    return `struct<${fields.join(',')}>`;
  }
  if (items !== undefined) return `array<${hiveType(items)}>`;
  const [example = constant] = values ?? [];
  const name = type ?? typeof example;
  const SCALARS: Readonly<Record<string, string>> = {
    string: 'string',
    integer: 'bigint',
    number: 'double',
    boolean: 'boolean',
  };
  const scalar = SCALARS[name];
  if (scalar === undefined) throw new TypeError(`An event has a value of type ${name}, for which Hive has none`);
  return scalar;
}
