// Whom never to call: numbers typed or from a file, for every campaign or for one, with the reason; and
// whether a number is among them.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FileUp, Search } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { may } from "../app/pages";
import { moment } from "../i18n/format";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Labelled, Text } from "../ui/field";
import { notify } from "../ui/notices";
import { DncCheck } from "./dnc-check";
import { DncImport } from "./dnc-import";
import { REASON_MAX, ScopeChoice } from "./dnc-scope";
import { useNames } from "./inputs";
import { Records } from "./records";

type Act = "add" | "remove" | "import" | "check";

export function Dnc() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const campaigns = useNames("/v1/campaigns");
  const [open, show] = useState<Act>();
  const writes = may(user, "dnc_write");
  const done = () => show(undefined);
  return (
    <>
      <Records
        title={t("pages.dnc")}
        queryKey={["dnc"]}
        searchHint={t("common.search")}
        load={({ text, after }) =>
          answer(
            api.GET("/v1/dnc", {
              params: {
                query: { limit: 100, ...(text ? { text } : {}), ...(after ? { after } : {}) },
              },
            }),
          )
        }
        idOf={(entry) => entry.id}
        empty={{ title: t("empty.dnc"), text: t("empty.dncWhy") }}
        actions={
          <>
            <Button icon={<Search size={16} aria-hidden />} onClick={() => show("check")}>
              {t("dnc.check")}
            </Button>
            {writes && (
              <>
                <Button icon={<FileUp size={16} aria-hidden />} onClick={() => show("import")}>
                  {t("dnc.import")}
                </Button>
                <Button onClick={() => show("remove")}>{t("dnc.remove")}</Button>
                <Button look="primary" onClick={() => show("add")}>
                  {t("dnc.add")}
                </Button>
              </>
            )}
          </>
        }
        columns={[
          { id: "number", name: t("fields.number"), value: (entry) => entry.number, ltr: true },
          {
            id: "scope",
            name: t("dnc.scope"),
            value: ({ scope }) =>
              scope.scope === "campaign"
                ? (campaigns.data?.find(({ id }) => id === scope.campaign)?.name ??
                  t("dnc.campaign"))
                : t("dnc.organisation"),
          },
          { id: "reason", name: t("dnc.reason"), value: (entry) => entry.reason },
          {
            id: "since",
            name: t("fields.created_at"),
            value: (entry) => moment(entry.created_at, i18n.language),
          },
        ]}
      />
      {open && (
        <Dialog
          open
          wide={open === "import"}
          onOpenChange={done}
          title={t(`dnc.${open}`)}
          about={open === "check" ? t("dnc.checkAbout") : t("dnc.about")}
        >
          {open === "check" ? (
            <DncCheck />
          ) : open === "import" ? (
            <DncImport />
          ) : (
            <Numbers what={open} onDone={done} />
          )}
        </Dialog>
      )}
    </>
  );
}

function Numbers({ what, onDone }: { what: "add" | "remove"; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [text, write] = useState("");
  const [campaign, bind] = useState("");
  const [reason, say] = useState("");
  const numbers = text.split(/[\s,;]+/).filter(Boolean);
  const change = useMutation({
    mutationFn: () => {
      const body = { numbers, campaign: campaign || null };
      return what === "add"
        ? answer(api.POST("/v1/dnc", { body: { ...body, reason: reason.trim() } }))
        : answer(api.POST("/v1/dnc/remove", { body }));
    },
    onSuccess: ({ changed }) => {
      notify("system", t("dnc.changed", { changed }));
      void queries.invalidateQueries({ queryKey: ["dnc"] });
      onDone();
    },
  });
  const problem = change.error ? problemOf(change.error) : undefined;
  const atReason = problem?.errors?.find(({ field }) => field === "/reason");
  const others = problem?.errors?.filter((error) => error !== atReason);
  const said = others?.map(({ field, expected }) => `${field}: ${expected}`).join("; ");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (numbers.length > 0) change.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Labelled
        label={t("dnc.numbers")}
        hint={t("hints.e164")}
        fault={problem && !(atReason && !said) ? said || problem.title || t("states.unreachable") : undefined}
      >
        {({ id, describedBy, invalid }) => (
          <textarea
            id={id}
            aria-describedby={describedBy}
            aria-invalid={invalid || undefined}
            rows={6}
            dir="ltr"
            value={text}
            onChange={(event) => write(event.target.value)}
            className="field"
          />
        )}
      </Labelled>
      <ScopeChoice campaign={campaign} choose={bind} />
      {what === "add" && (
        <Text
          label={t("dnc.reason")}
          hint={t("dnc.reasonWhy")}
          value={reason}
          maxLength={REASON_MAX}
          onChange={({ target }) => say(target.value)}
          fault={atReason && t("form.expected", { expected: atReason.expected })}
        />
      )}
      <Button
        type="submit"
        look="primary"
        why={numbers.length ? undefined : t("form.required")}
        disabled={change.isPending}
      >
        {t(`dnc.${what}`)}
      </Button>
    </form>
  );
}
