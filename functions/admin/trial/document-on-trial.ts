/** A policy document that is to be tried out: what saving it would put in force. */

import { type PolicyOnTrial, policyOfItems } from '../../trial/dry-run-policy.ts';
import type { PolicyDocument } from '../contract/answers/policy-document.ts';
import type { FieldError } from '../contract/problem-body.ts';
import { documentItems } from '../document/policy-document.ts';
import { fieldError } from '../http/problem.ts';

export type DocumentOnTrial =
  | { readonly kind: 'trial'; readonly trial: PolicyOnTrial }
  | { readonly kind: 'errors'; readonly errors: readonly FieldError[] };

/** @param within where the document stands in the body */
export function documentOnTrial(document: PolicyDocument, within: string): DocumentOnTrial {
  const { items, errors } = documentItems(document);
  if (errors.length > 0) {
    return { kind: 'errors', errors: errors.map((error) => ({ ...error, field: `${within}.${error.field}` })) };
  }
  const trial = policyOfItems([...items].map(([item, attributes]) => ({ ...attributes, item })));
  if (trial.ok) return { kind: 'trial', trial: trial.value };
  return { kind: 'errors', errors: [fieldError(within, undefined, trial.problem)] };
}
