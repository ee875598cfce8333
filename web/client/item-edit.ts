/** Items of policy: made, changed and removed on the ground of what the reader saw, each with its way back. */
import { differencesOf } from '../core/differences.ts';
import { ApiFailure, call } from './api.ts';
import { type Change, save } from './edit.ts';

type Attributes = Readonly<Record<string, unknown>>;

export interface SeenItem {
  readonly path: string;
  /** For people: `domain example.com of inbound`. */
  readonly name: string;
  /** Its attributes as the reader saw them; undefined where there was no item. */
  readonly given: Attributes | undefined;
}

/** A tag that nothing has: the API answers 412, and the reader is asked. */
const OLD = '"seen"';

/** Makes an item that is not there. @throws ApiFailure */
export async function addItem({ path, name }: SeenItem, body: Attributes): Promise<boolean> {
  return put({ path, name, given: undefined }, body, 'new', `Added ${name}`);
}

/** @throws ApiFailure */
export async function changeItem(item: SeenItem, body: Attributes): Promise<boolean> {
  return put(item, body, await basisOf(item), `Changed ${item.name}`);
}

async function put(item: SeenItem, body: Attributes, basis: string | 'new', what: string): Promise<boolean> {
  const { path, name, given } = item;
  const undo = (etag: string | undefined): Change =>
    given === undefined
      ? { what: `Took ${name} back`, method: 'DELETE', path, basis: etag }
      : { what: `Put ${name} back`, method: 'PUT', path, body: given, basis: etag };
  return (await save({ what, method: 'PUT', path, body, basis, undo })) !== undefined;
}

/** @throws ApiFailure */
export async function removeItem(item: SeenItem, what = `Removed ${item.name}`): Promise<boolean> {
  const { path, name, given = {} } = item;
  const undo = (): Change => ({ what: `Put ${name} back`, method: 'PUT', path, body: given, basis: 'new' });
  const removed = await save({ what, method: 'DELETE', path, basis: await basisOf(item), undo });
  return removed !== undefined;
}

/** The tag of the item while it is what the reader saw. Lists have none, so it is read once more. */
async function basisOf({ path, given }: SeenItem): Promise<string | 'new'> {
  try {
    const { value, etag } = await call<{ readonly given?: Attributes }>({ path });
    if (given === undefined && value.given === undefined) return 'new';
    return differencesOf(given, value.given).length === 0 ? (etag ?? 'new') : OLD;
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status !== 404) throw error;
    return given === undefined ? 'new' : OLD;
  }
}
