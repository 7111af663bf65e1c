// Tokens that one lends to programs: what each may do, until when, and when it was last used.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { Grants } from "../api/words";
import { moment } from "../i18n/format";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Text } from "../ui/field";
import { notifyProblem } from "../ui/notices";
import { Records } from "./records";

const KEY = ["tokens"] as const;

export function Tokens() {
  const { t, i18n } = useTranslation();
  const [making, make] = useState(false);
  return (
    <>
      <Records
        title={t("pages.tokens")}
        queryKey={KEY}
        load={() => answer(api.GET("/v1/tokens"))}
        idOf={(token) => token.id}
        empty={{ title: t("empty.tokens"), text: t("empty.tokensWhy") }}
        actions={
          <Button look="primary" icon={<Plus size={16} aria-hidden />} onClick={() => make(true)}>
            {t("common.create")}
          </Button>
        }
        columns={[
          { id: "name", name: t("fields.name"), value: ({ name }) => name },
          {
            id: "grants",
            name: t("tokens.may"),
            value: ({ grants }) => Object.keys(grants).map(said).join(", "),
            ltr: true,
          },
          {
            id: "expires",
            name: t("tokens.until"),
            value: (token) => moment(token.expires_at, i18n.language),
          },
          {
            id: "seen",
            name: t("tokens.seen"),
            value: ({ seen_at: at }) => (at ? moment(at, i18n.language) : undefined),
          },
          {
            id: "revoke",
            name: t("tokens.revoke"),
            value: () => "",
            cell: ({ id, name }) => <Revoke id={id} name={name} />,
          },
        ]}
      />
      {making && (
        <Dialog
          open
          sheet
          onOpenChange={() => make(false)}
          title={t("form.new", { what: t("tokens.one") })}
          about={t("tokens.why")}
        >
          <NewToken />
        </Dialog>
      )}
    </>
  );
}

/** `queues_read` as people read it. */
function said(permission: string): string {
  return permission.replaceAll("_", " ");
}

function Revoke({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => answer(api.DELETE("/v1/tokens/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <Button
      look="quiet"
      disabled={isPending}
      aria-label={`${t("tokens.revoke")}: ${name}`}
      icon={<Trash2 size={15} aria-hidden />}
      onClick={() => mutate()}
    >
      {t("tokens.revoke")}
    </Button>
  );
}

function NewToken() {
  const { t } = useTranslation();
  const { user } = useSession();
  const queries = useQueryClient();
  const own = Object.keys(user.grants).sort();
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const made = useMutation({
    mutationFn: (form: FormData) => {
      const grants = Object.fromEntries([...chosen].map((one) => [one, user.grants[one]]));
      const [name, days] = [String(form.get("name")), Number(form.get("days"))];
      return answer(api.POST("/v1/tokens", { body: { name, days, grants: grants as Grants } }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  if (made.data) {
    return (
      <div className="grid gap-2" role="status">
        <p>{t("tokens.once")}</p>
        <code dir="ltr" className="rounded-lg bg-sunken p-3 text-sm break-all select-all">
          {made.data.token}
        </code>
      </div>
    );
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    made.mutate(new FormData(event.currentTarget));
  };
  const toggle = (permission: string) => {
    const next = new Set(chosen);
    if (!next.delete(permission)) next.add(permission);
    choose(next);
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Text label={t("fields.name")} name="name" required maxLength={64} />
      <Text
        label={t("tokens.days")}
        name="days"
        type="number"
        min={1}
        max={366}
        defaultValue={90}
        required
      />
      <fieldset className="grid gap-1.5 sm:grid-cols-2">
        <legend className="mb-1 text-sm font-medium">{t("tokens.may")}</legend>
        {own.map((permission) => (
          <label key={permission} className="flex items-center gap-2 text-sm" dir="ltr">
            <input
              type="checkbox"
              checked={chosen.has(permission)}
              onChange={() => toggle(permission)}
              className="size-4 accent-accent"
            />
            {said(permission)}
          </label>
        ))}
      </fieldset>
      <div>
        <Button
          look="primary"
          type="submit"
          disabled={made.isPending}
          why={chosen.size === 0 ? t("tokens.nothing") : undefined}
        >
          {t("tokens.make")}
        </Button>
      </div>
    </form>
  );
}
