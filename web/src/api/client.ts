// The one client of the API. Its types are made from openapi.json, so a call that the server would
// not understand does not compile.
import createClient from "openapi-fetch";

import { isProblem, Refused } from "./problem";
import type { paths } from "../../generated/schema";

let csrf: string | undefined;
const signedOut = new Set<() => void>();

/** What proves that a request that changes something comes from our page. */
export function keepCsrf(token: string | undefined): void {
  csrf = token;
}

/** The headers of that proof, for whoever asks without the client. */
export function proof(): [string, string][] {
  return csrf ? [["X-CSRF-Token", csrf]] : [];
}

/** Tells when the server no longer knows the session; returns how to stop being told. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

export const api = createClient<paths>({ baseUrl: "/" });

api.use({
  onRequest({ request }) {
    if (csrf && request.method !== "GET") request.headers.set("X-CSRF-Token", csrf);
    return request;
  },
  onResponse({ request, response }) {
    const asking = new URL(request.url).pathname;
    if (response.status === 401 && asking !== "/v1/login" && asking !== "/v1/session") {
      for (const listener of signedOut) listener();
    }
  },
});

/** The answer's body, or the refusal thrown. */
export async function answer<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok) return data as T;
  if (isProblem(error)) throw new Refused(error);
  const detail = typeof error === "string" ? error : "";
  throw new Refused({
    type: "about:blank",
    title: response.statusText,
    status: response.status,
    detail,
  });
}
