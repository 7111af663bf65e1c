// The OpenID provider at which users sign in who have no password here: its settings, the secret that
// we prove ourselves with, and a try.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf, Refused } from "../api/problem";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { notify, notifyProblem } from "../ui/notices";
import { Failed, Loading } from "../ui/states";
import { draftOf, type Field } from "./field";
import { Form } from "./form";

const FIELDS: readonly Field[] = [
  { path: "name", label: "name", hint: "providerName", kind: "text", required: true, max: 64 },
  {
    path: "issuer",
    label: "issuer",
    hint: "issuer",
    kind: "text",
    required: true,
    max: 512,
    ltr: true,
  },
  { path: "client_id", label: "client_id", kind: "text", required: true, max: 255, ltr: true },
  { path: "scopes", label: "scopes", hint: "scopes", kind: "lines" },
  { path: "claim", label: "claim", hint: "claim", kind: "text", required: true, max: 100, ltr: true },
  { path: "enabled", label: "enabled", kind: "switch" },
];

const FRESH = {
  name: "",
  issuer: "https://",
  client_id: "",
  scopes: ["openid", "profile", "email"],
  claim: "preferred_username",
  enabled: true,
};

const PROVIDER = ["identity-provider"] as const;

/** Null, where there is none. */
async function find() {
  try {
    return await answer(api.GET("/v1/identity-provider"));
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 404) return null;
    throw error;
  }
}

export function IdentityProvider() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { user } = useSession();
  const may = user.grants.users === "all";
  const [adding, add] = useState(false);
  const found = useQuery({ queryKey: PROVIDER, queryFn: find, enabled: may });
  if (!may) return null;
  const again = () => void queries.invalidateQueries({ queryKey: PROVIDER });
  const shown = () => {
    if (found.isPending) return <Loading />;
    if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
    const there = found.data;
    if (!there && !adding) {
      return (
        <div className="grid justify-items-start gap-3">
          <p className="text-sm text-ink-soft">{t("provider.none")}</p>
          <Button onClick={() => add(true)}>{t("provider.add")}</Button>
        </div>
      );
    }
    const version = there && `"${there.version}"`;
    const headers = version ? { params: { header: { "If-Match": version } } } : {};
    return (
      <div className="grid gap-6">
        {there && <Facts redirect={there.redirect_uri ?? null} />}
        <Form
          key={version}
          fields={FIELDS}
          start={there ? draftOf(there, ["has_secret", "redirect_uri"]) : FRESH}
          save={(body) =>
            answer(
              api.PUT("/v1/identity-provider", { ...headers, body: body as typeof FRESH }),
            )
          }
          onDone={() => {
            notify("system", t("form.saved"));
            add(false);
            again();
          }}
        />
        {version && (
          <>
            <ClientSecret has={there.has_secret} onDone={again} />
            <Removal version={version} onDone={again} />
          </>
        )}
      </div>
    );
  };
  return (
    <section className="mt-8" aria-labelledby="provider">
      <h2 id="provider" className="mb-1 text-lg font-semibold tracking-tight">
        {t("provider.title")}
      </h2>
      <p className="mb-4 text-sm text-ink-soft">{t("provider.about")}</p>
      <div className="panel overflow-hidden px-5 py-4">{shown()}</div>
    </section>
  );
}

/** What is registered there, and whether it answers. */
function Facts({ redirect }: { redirect: string | null }) {
  const { t } = useTranslation();
  const test = useMutation({
    mutationFn: () => answer(api.POST("/v1/identity-provider/test")),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <div className="grid justify-items-start gap-3 text-sm">
      <p className="text-ink-soft">{t(redirect ? "provider.redirect" : "provider.noRedirect")}</p>
      {redirect && (
        <code className="break-all select-all" dir="ltr">
          {redirect}
        </code>
      )}
      <Button disabled={test.isPending} onClick={() => test.mutate()}>
        {t("provider.test")}
      </Button>
      <div role="status">
        {test.data && (test.data.answers ? t("provider.answers") : test.data.why)}
      </div>
    </div>
  );
}

function ClientSecret({ has, onDone }: { has: boolean; onDone: () => void }) {
  const { t } = useTranslation();
  const [secret, give] = useState("");
  const keep = useMutation({
    mutationFn: () => answer(api.PUT("/v1/identity-provider/secret", { body: { secret } })),
    onSuccess: () => {
      give("");
      notify("system", t("form.saved"));
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate();
  };
  const fault = keep.isError ? problemOf(keep.error) : undefined;
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-3 border-t border-line pt-4">
      <Text
        label={t("provider.secret")}
        hint={t(has ? "provider.hasSecret" : "provider.noSecret")}
        fault={fault?.errors?.[0]?.expected ?? fault?.title}
        type="password"
        autoComplete="off"
        maxLength={1024}
        value={secret}
        onChange={(event) => give(event.target.value)}
        required
      />
      <Button type="submit" disabled={keep.isPending}>
        {t("provider.keep")}
      </Button>
    </form>
  );
}

function Removal({ version, onDone }: { version: string; onDone: () => void }) {
  const { t } = useTranslation();
  const remove = useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/v1/identity-provider", { params: { header: { "If-Match": version } } }),
      ),
    onSuccess: onDone,
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <div className="border-t border-line pt-4">
      <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
        {t("provider.remove")}
      </Button>
    </div>
  );
}
