/** Policies to check, and findings as text. */
import { policyAnswer } from '../../functions/admin/contract/answers/policy-document.ts';
import type { Finding } from '../check/finding.ts';
import { type CheckedServer, checkedServer } from '../check/policy-items.ts';

const BASE = { hostname: 'mx.example.com', defaultNextHop: 'smtp://10.20.0.25', authentication: 'required' };

/** The API's answer for a sound policy, with other settings and sections. */
export function policy(settings: object = {}, parts: object = {}) {
  const document = { settings: { ...BASE, ...settings }, domains: { 'example.com': {} }, ...parts };
  return policyAnswer.parse({ server: 'mx', policyVersion: 'abc', itemsVersion: 'def', problems: [], ...document });
}

export function server(settings?: object, parts?: object): CheckedServer {
  return checkedServer('mx', policy(settings, parts));
}

export function texts(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ level, item, problem }) => `${level} ${item}: ${problem}`);
}
