// The collections of the API, one shape for all: pages of a list, create, replace, remove. A path that
// openapi.json does not have, or a body that it describes otherwise, does not compile.
import { answer, api } from "../api/client";
import type { paths } from "../../generated/schema";

export type CollectionPath =
  | "/v1/agents"
  | "/v1/campaigns"
  | "/v1/clis"
  | "/v1/dids"
  | "/v1/dnc-registers"
  | "/v1/legal-profiles"
  | "/v1/legal-holds"
  | "/v1/lists"
  | "/v1/pause-reasons"
  | "/v1/phonebook"
  | "/v1/queues"
  | "/v1/retention-rules"
  | "/v1/scripts"
  | "/v1/teams"
  | "/v1/trunks"
  | "/v1/users"
  | "/v1/webhooks"
  | "/v1/workflows";

type Page<P extends CollectionPath> =
  paths[P]["get"]["responses"][200]["content"]["application/json"];
export type Item<P extends CollectionPath> = Page<P>["items"][number];
export type Draft<P extends CollectionPath> =
  paths[P]["post"]["requestBody"]["content"]["application/json"];
export type Created<P extends CollectionPath> =
  paths[P]["post"]["responses"][201]["content"]["application/json"];

export type Collection<P extends CollectionPath> = {
  path: P;
  list: (asked: {
    text?: string;
    after?: string;
  }) => Promise<{ items: Item<P>[]; next?: string | null }>;
  find: (id: string) => Promise<Item<P>>;
  create: (draft: Draft<P>) => Promise<Created<P>>;
  replace: (id: string, version: number, draft: unknown) => Promise<unknown>;
  remove: (id: string, version: number) => Promise<void>;
};

/** All collections answer alike, so one of them stands for each in the calls below. */
type AnyPath = "/v1/clis";

export function collection<P extends CollectionPath>(path: P): Collection<P> {
  const all = path as AnyPath;
  const one = `${path}/{id}` as `${AnyPath}/{id}`;
  return {
    path,
    list: async ({ text, after }) => {
      const query = { limit: PAGE, ...(text ? { text } : {}), ...(after ? { after } : {}) };
      return (await answer(api.GET(all, { params: { query } }))) as unknown as Page<P>;
    },
    find: async (id) => {
      const found = await answer(api.GET(one, { params: { path: { id } } }));
      return found as unknown as Item<P>;
    },
    create: async (draft) => {
      const made = await answer(api.POST(all, { body: draft as Draft<AnyPath> }));
      return made as unknown as Created<P>;
    },
    replace: (id, version, draft) =>
      answer(
        api.PUT(one, {
          params: { path: { id }, header: { "If-Match": `"${version}"` } },
          body: draft as Draft<AnyPath>,
        }),
      ),
    remove: async (id, version) => {
      const params = { path: { id }, header: { "If-Match": `"${version}"` } };
      await answer(api.DELETE(one, { params }));
    },
  };
}

const PAGE = 100;
