/** What Athena reads from the archive's lines: values of JSON as types of Hive. */

/** Whether a value of JSON can be read as a type of Hive, names of structures in lower case. */
export function fits(value: unknown, type: string): boolean {
  const inner = /^(array|struct)<(.*)>$/.exec(type);
  if (inner?.[1] === 'array') return Array.isArray(value) && value.every((each) => fits(each, inner[2] ?? ''));
  if (inner?.[1] === 'struct') {
    const fields = new Map(fieldsOf(inner[2] ?? ''));
    return Object.entries(value as object).every(([name, each]) => fits(each, fields.get(name.toLowerCase()) ?? ''));
  }
  const kinds: Readonly<Record<string, boolean>> = {
    string: typeof value === 'string',
    bigint: Number.isInteger(value),
    double: typeof value === 'number',
    boolean: typeof value === 'boolean',
  };
  return kinds[type] === true;
}

/** `name:type` pairs, parted by the commas that stand in no inner type. */
function fieldsOf(text: string): [string, string][] {
  const fields: string[] = [''];
  let depth = 0;
  for (const character of text) {
    depth += character === '<' ? 1 : character === '>' ? -1 : 0;
    if (character === ',' && depth === 0) fields.push('');
    else fields[fields.length - 1] += character;
  }
  return fields.map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)]);
}
