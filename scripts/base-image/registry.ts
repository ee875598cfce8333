/** Asks a registry of images which digest a tag stands for now (OCI distribution specification, "Pulling manifests"). */
import { createHash } from 'node:crypto';

export interface Image {
  readonly repository: string;
  readonly tag: string;
}

interface Index {
  readonly manifests?: readonly { readonly platform?: { readonly os: string; readonly architecture: string } }[];
}

/** Lists of images for several platforms, by OCI and by Docker. */
const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/**
 * The digest of the list of all platforms, which the octets themselves prove.
 *
 * @param platforms that the list must have, `os/architecture`
 * @throws Error when the registry does not answer so
 */
export async function digestOf(
  registry: string,
  { repository, tag }: Image,
  platforms: readonly string[],
): Promise<string> {
  const url = `${registry}/v2/${repository}/manifests/${tag}`;
  const headers = { accept: INDEX_TYPES.join(', ') };
  let answer = await fetch(url, { headers });
  if (answer.status === 401) {
    const token = await tokenFor(answer.headers.get('www-authenticate') ?? '');
    answer = await fetch(url, { headers: { ...headers, authorization: `Bearer ${token}` } });
  }
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  const octets = Buffer.from(await answer.arrayBuffer());
  const { manifests = [] }: Index = JSON.parse(octets.toString());
  const known = manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`);
  const missing = platforms.filter((platform) => !known.includes(platform));
  if (missing.length > 0) throw new Error(`${repository}:${tag} has no image for ${missing.join(', ')}`);
  const digest = `sha256:${createHash('sha256').update(octets).digest('hex')}`;
  const told = answer.headers.get('docker-content-digest');
  if (told !== null && told !== digest) throw new Error(`${url} calls ${digest} ${told}`);
  return digest;
}

/** What anyone may have who asks where the registry says: `Bearer realm="…",service="…",scope="…"`. */
async function tokenFor(challenge: string): Promise<string> {
  const { realm, ...rest } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  if (realm === undefined) throw new Error(`The registry asks for what is not known here: ${challenge}`);
  const answer = await fetch(`${realm}?${new URLSearchParams(rest)}`);
  const { token } = answer.ok ? ((await answer.json()) as { token?: unknown }) : {};
  if (typeof token !== 'string') throw new Error(`${realm} gives no token (${answer.status})`);
  return token;
}
