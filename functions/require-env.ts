/** The value of an environment variable; throws `TypeError` naming the variable when it is absent or empty. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new TypeError(`Environment variable ${name} must be set`);
  return value;
}
