/** Types of install.mjs for its test. */
export function reasonToInstall(
  root: string,
  options?: { readonly omitDev?: boolean },
): { readonly reason: string; readonly command: 'ci' | 'install' } | undefined;
export function pathWithoutPackages(path: string): string;
