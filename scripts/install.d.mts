/** Types of install.mjs for its test. */
export function reasonToInstall(root: string): string | undefined;
export function pathWithoutPackages(path: string): string;
