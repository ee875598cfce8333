/** Commands of the documents, as the shells read them that people have. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../functions/admin/env.ts';
import { blocksOf, documents, isForShell, isInstalled, SHELLS } from './documents.ts';

const BLOCKS = documents().flatMap(blocksOf).filter(isForShell);

it('are many', () => {
  expect(BLOCKS.length).toBeGreaterThan(30);
});

// zsh, where a person types, takes no comment: it passes its words on, or waits for the end of an apostrophe.
it.each(BLOCKS)('at $place have no comment', ({ text }) => {
  const commented = text.split('\n').filter((line) => /(?:^|\s)#(?:\s|$)/.test(withoutQuotes(line)));

  expect(commented).toEqual([]);
});

/** What stands in quotes is no comment. */
function withoutQuotes(line: string): string {
  return line.replace(/'[^']*'|"(?:[^"\\]|\\.)*"/g, '""');
}

describe.each(SHELLS.filter(isInstalled))('in %s', (shell) => {
  it.each(BLOCKS)('commands at $place are whole', ({ text }) => {
    expect(() => execFileSync(shell, ['-n', '-c', text], { stdio: 'pipe' })).not.toThrow();
  });
});

describe('the policies for IAM in docs/admin-api.md', () => {
  const policies = blocksOf('docs/admin-api.md')
    .filter(({ language, text }) => language === 'json' && text.includes('"Statement"'))
    .map(
      ({ text }) =>
        JSON.parse(text) as { readonly Statement: readonly [{ readonly Resource: string | readonly string[] }] },
    );
  /** Routes with names in the places of parameters, as an ARN has them. */
  const calls = ROUTES.map((route) => {
    const [method = '', path = ''] = route.split(' ');
    return { route, arn: `${method}${path.replace(/\{(\w+)\+?\}/g, 'a/b')}` };
  });
  const allowed = (at: number): readonly string[] => {
    const patterns = [policies[at]?.Statement[0].Resource ?? []].flat().map((resource) => {
      const pattern = resource.replace(/[.$+(){}|[\]\\]/g, '\\$&').replaceAll('*', '.*');
      return new RegExp(`^${pattern}$`);
    });
    return calls
      .filter(({ arn }) => {
        const call = `arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/$default/${arn}`;
        return patterns.some((pattern) => pattern.test(call));
      })
      .map(({ route }) => route);
  };

  it('are three', () => {
    expect(policies).toHaveLength(3);
  });

  it('let look: every GET, and trials that change nothing', () => {
    const harmless = ROUTES.filter((route) => route.startsWith('GET ') || /^POST .*\/(?:explain|replay)$/.test(route));

    expect(allowed(0)).toEqual(harmless);
  });

  it('let look after users, and see the names of servers', () => {
    expect(allowed(1)).toEqual(ROUTES.filter((route) => route === 'GET /servers' || route.includes(' /users')));
  });

  it('let do all', () => {
    expect(allowed(2)).toEqual(ROUTES);
  });
});
