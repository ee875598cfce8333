/** What the API says of itself: defaults and ranges of settings. */
import type { AttributeSchema } from '../core/settings.ts';
import { call } from './api.ts';
import { type Loaded, useLoad } from './use-load.ts';

interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly requestBody?: {
              readonly content: Readonly<
                Record<string, { readonly schema: { readonly properties?: Readonly<Record<string, AttributeSchema>> } }>
              >;
            };
          }
        >
      >
    >
  >;
}

let read: Promise<Readonly<Record<string, AttributeSchema>>> | undefined;

/** Each setting by its name; read once. */
export function useSettingSchemas(): Loaded<Readonly<Record<string, AttributeSchema>>> {
  return useLoad('openapi', () => {
    read ??= call<Description>({ path: '/openapi.json' }).then(({ value }) => {
      return value.paths['/servers/{server}']?.put?.requestBody?.content['application/json']?.schema.properties ?? {};
    });
    read.catch(() => {
      read = undefined;
    });
    return read;
  });
}
