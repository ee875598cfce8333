/** The admin API: what a published server's policy says. */

import { SERVER_ROUTE } from './env.ts';
import { type HttpAnswer, type HttpRequest, jsonAnswer } from './http.ts';
import type { SettingsStore } from './settings-store.ts';

/** Answers 404 for what it does not know; a store that does not answer is thrown, and the API says 500. */
export async function admin(request: HttpRequest, store: SettingsStore): Promise<HttpAnswer> {
  if (request.routeKey !== SERVER_ROUTE) return jsonAnswer(404, { problem: `There is no ${request.routeKey}` });
  const { server } = request.pathParameters;
  const settings = server === undefined || server === '' ? undefined : await store.settings(server);
  if (settings === undefined) return jsonAnswer(404, { problem: 'There is no server of this name with settings' });
  return jsonAnswer(200, settings);
}
