// Workflows: the list of them, or what to begin with where there is none, and the editor of one by its
// own address.
import { useNavigate, useParams } from "@tanstack/react-router";
import { Clock3, Grid3x3, Plus, Square } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { keyOf, useShortcut } from "../app/keys";
import { may } from "../app/pages";
import { moment } from "../i18n/format";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Loading } from "../ui/states";
import { collection } from "./collection";
import { useNames } from "./inputs";
import { Records } from "./records";
import { Editor, Existing } from "./workflows/editor";
import { fromTemplate, isTemplate, type TemplateName, TEMPLATES } from "./workflows/templates";

const PATH = "/v1/workflows";

export function Workflows() {
  const { part, detail } = useParams({ strict: false }) as { part?: string; detail?: string };
  if (part === "new") return <Fresh step={detail} />;
  return part ? <Existing key={part} id={part} step={detail} /> : <All />;
}

function All() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const navigate = useNavigate();
  const [choosing, choose] = useState(false);
  const mayChange = may(user, "telephony_write");
  const names = useNames(PATH);
  useShortcut("create", () => mayChange && choose(true));
  if (mayChange && names.data?.length === 0) {
    return (
      <div className="mx-auto grid max-w-5xl gap-6 p-6 lg:p-10">
        <div>
          <h1 className="text-2xl font-semibold tracking-tight">{t("workflow.first")}</h1>
          <p className="max-w-2xl text-ink-soft">{t("workflow.firstWhy")}</p>
        </div>
        <Templates />
      </div>
    );
  }
  return (
    <>
      <Records
        title={t("pages.workflows")}
        queryKey={[PATH]}
        load={collection(PATH).list}
        idOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: `/admin/workflows/${id}` })}
        searchHint={t("common.search")}
        empty={{ title: t("empty.workflows"), text: t("empty.workflowsWhy") }}
        actions={
          mayChange && (
            <Button
              look="primary"
              icon={<Plus size={17} aria-hidden />}
              hint={keyOf("create")}
              onClick={() => choose(true)}
            >
              {t("common.create")}
            </Button>
          )
        }
        columns={[
          { id: "name", name: t("fields.name"), value: ({ name }) => name },
          {
            id: "steps",
            name: t("workflow.steps"),
            value: ({ steps }) => Object.keys(steps).length,
            end: true,
          },
          { id: "start", name: t("workflow.start"), value: ({ start }) => start, ltr: true },
          {
            id: "version",
            name: t("workflow.versionShort"),
            value: ({ version }) => version,
            end: true,
          },
          {
            id: "updated",
            name: t("workflow.updated"),
            value: ({ updated_at }) => moment(updated_at, i18n.language),
          },
        ]}
      />
      {choosing && (
        <Dialog open wide onOpenChange={() => choose(false)} title={t("workflow.begin")}>
          <Templates />
        </Dialog>
      )}
    </>
  );
}

const LOOKS = { hours: Clock3, menu: Grid3x3, blank: Square } as const;

/** What to begin with. */
function Templates() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <ul className="grid gap-4 sm:grid-cols-3">
      {TEMPLATES.map((template) => {
        const Icon = LOOKS[template];
        return (
          <li key={template}>
            <button
              type="button"
              onClick={() => void navigate({ to: "/admin/workflows/new", search: { template } })}
              className="panel grid h-full w-full content-start gap-3 p-5 text-start
                transition-colors hover:border-accent"
            >
              <span className="grid size-11 place-items-center rounded-xl bg-accent-soft text-accent-text">
                <Icon size={22} aria-hidden />
              </span>
              <span className="font-semibold">{t(`workflow.templates.${template}`)}</span>
              <span className="text-sm text-ink-soft">{t(`workflow.templates.${template}Why`)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Fresh({ step }: { step: string | undefined }) {
  const { t } = useTranslation();
  const queues = useNames("/v1/queues");
  const asked = new URLSearchParams(window.location.search).get("template") ?? undefined;
  const [template] = useState<TemplateName>(isTemplate(asked) ? asked : "blank");
  if (queues.isPending) return <Loading />;
  const ids = (queues.data ?? []).map(({ id }) => id);
  const name = t(`workflow.templates.${template}`);
  return <Editor kept={fromTemplate(template, name, ids)} step={step} />;
}
