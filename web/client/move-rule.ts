/** Another order of screening rules: new names for them, written with the whole policy, so that it is one change. */
import type { PolicyAnswer, PolicyDocument } from '../../functions/admin/contract/answers/policy-document.ts';
import { renamedByMove } from '../core/screens.ts';
import { call } from './api.ts';
import { type Change, save } from './edit.ts';
import { path } from './path.ts';

export interface Move {
  readonly server: string;
  /** As the reader saw them, in their order. */
  readonly names: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** @throws ApiFailure, or an Error where the rules are not those that the reader saw */
export async function moveRule({ server, names, from, to }: Move): Promise<void> {
  const at = path`/servers/${server}/policy`;
  const { value: policy, etag } = await call<PolicyAnswer>({ path: at });
  const before = policy.screens ?? {};
  if (Object.keys(before).length !== names.length || names.some((name) => before[name] === undefined)) {
    throw new Error('The rules were changed meanwhile: look at them, and move again');
  }
  const renamed = renamedByMove(names, from, to);
  if (renamed.size === 0) return;
  const screens = Object.fromEntries(Object.entries(before).map(([name, given]) => [renamed.get(name) ?? name, given]));
  const put = (what: string, rules: PolicyDocument['screens'], basis: string | undefined): Change => {
    const { policyVersion: _version, itemsVersion: _items, problems: _problems, ...document } = policy;
    return { what, method: 'PUT', path: at, body: { ...document, screens: rules }, basis };
  };
  await save({
    ...put(`Moved rule ${names[from]} of ${server}`, screens, etag),
    undo: (tag) => put(`Put the rules of ${server} back in their order`, before, tag),
  });
}
