// Every version of a workflow: what changed in it, which calls it led and leads, and a way back to it.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { History, PhoneCall } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../../api/client";
import { clock, moment } from "../../i18n/format";
import { Button } from "../../ui/button";
import { Failed, Loading } from "../../ui/states";
import type { components } from "../../../generated/schema";
import { draftOf } from "../field";
import { nameOf, useNames } from "../inputs";
import { changes, type Workflow } from "./steps";

type Version = components["schemas"]["WorkflowVersion"];

type Props = { id: string; version: number; onPutBack: (workflow: Workflow) => void };

export function Versions({ id, version, onPutBack }: Props) {
  const { t } = useTranslation();
  const found = useInfiniteQuery({
    queryKey: ["/v1/workflows", id, "versions", version],
    queryFn: ({ pageParam }) => {
      const query = pageParam > 0 ? { before: pageParam } : {};
      const params = { path: { id }, query };
      return answer(api.GET("/v1/workflows/{id}/versions", { params }));
    },
    initialPageParam: 0,
    getNextPageParam: ({ items }) =>
      items.length === PAGE ? (items.at(-1)?.version ?? undefined) : undefined,
  });
  if (found.isPending) return <Loading lines={4} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const kept = found.data.pages.flatMap(({ items }) => items);
  return (
    <div className="grid gap-5">
      <Uses id={id} />
      <section aria-label={t("workflow.versions")} className="grid gap-2">
        <h2 className="font-semibold">{t("workflow.versions")}</h2>
        <ol className="grid gap-2">
          {kept.map((one, at) => (
            <One
              key={one.version}
              id={id}
              one={one}
              before={kept[at + 1]}
              now={one.version === version}
              onPutBack={onPutBack}
            />
          ))}
        </ol>
        {found.hasNextPage && (
          <Button onClick={() => void found.fetchNextPage()} disabled={found.isFetchingNextPage}>
            {t("common.more")}
          </Button>
        )}
      </section>
    </div>
  );
}

const PAGE = 200;

type OneProps = {
  id: string;
  one: Version;
  before: Version | undefined;
  now: boolean;
  onPutBack: (workflow: Workflow) => void;
};

function One({ id, one, before, now, onPutBack }: OneProps) {
  const { t, i18n } = useTranslation();
  const [open, show] = useState(false);
  const told = before ? changes(before.workflow, one.workflow) : undefined;
  const words = told && [
    ...told.added.map((name) => t("workflow.added", { name })),
    ...told.changed.map((name) => t("workflow.changed", { name })),
    ...told.removed.map((name) => t("workflow.removed", { name })),
  ];
  return (
    <li className="rounded-lg border border-line p-3">
      <div className="flex flex-wrap items-center gap-2">
        <p className="font-medium">{t("workflow.version", { version: one.version })}</p>
        {now && (
          <span className="rounded-full bg-good-soft px-2 text-xs font-medium text-good">
            {t("workflow.inForce")}
          </span>
        )}
        <p className="digits text-sm text-ink-soft">{moment(one.saved_at, i18n.language)}</p>
      </div>
      {words && words.length > 0 && <p className="text-sm text-ink-soft">{words.join(" · ")}</p>}
      <div className="mt-2 flex flex-wrap gap-1">
        <Button
          look="quiet"
          aria-expanded={open}
          onClick={() => show(!open)}
          icon={<PhoneCall size={15} aria-hidden />}
        >
          {t("workflow.callsOf", { version: one.version })}
        </Button>
        {!now && (
          <Button
            look="quiet"
            onClick={() => onPutBack(draftOf(one.workflow) as unknown as Workflow)}
            icon={<History size={15} aria-hidden />}
          >
            {t("workflow.putBack", { version: one.version })}
          </Button>
        )}
      </div>
      {open && <CallsOf id={id} version={one.version} />}
    </li>
  );
}

/** The newest calls that a version led; those that go on keep it to their end. */
function CallsOf({ id, version }: { id: string; version: number }) {
  const { t, i18n } = useTranslation();
  const found = useQuery({
    queryKey: ["calls", "led", id, version],
    queryFn: () => {
      const query = { workflow: id, workflow_version: version, limit: 20 };
      return answer(api.GET("/v1/calls", { params: { query } }));
    },
    refetchInterval: 5_000,
  });
  if (found.isPending) return <Loading lines={1} />;
  if (found.isError) return <Failed error={found.error} />;
  const { items, next } = found.data;
  const live = items.filter(({ ended_at }) => !ended_at).length;
  if (items.length === 0) {
    return <p className="mt-2 text-sm text-ink-soft">{t("workflow.noCalls")}</p>;
  }
  return (
    <div className="mt-2 grid gap-1">
      <p className="text-sm">{t("workflow.liveCalls", { count: live })}</p>
      <ul className="digits grid gap-0.5 text-sm text-ink-soft">
        {items.map((call) => (
          <li key={call.id} className="flex gap-3">
            <span>{clock(call.started_at, i18n.language)}</span>
            <span dir="ltr">{call.calling}</span>
            {!call.ended_at && <span className="text-good">{t("workflow.goesOn")}</span>}
          </li>
        ))}
      </ul>
      {next && <p className="text-sm text-ink-soft">{t("workflow.moreCalls")}</p>}
    </div>
  );
}

/** Which numbers and queues lead here. */
function Uses({ id }: { id: string }) {
  const { t } = useTranslation();
  const [dids, queues] = [useNames("/v1/dids"), useNames("/v1/queues")];
  const uses = useQuery({
    queryKey: ["/v1/workflows", id, "uses"],
    queryFn: () => answer(api.GET("/v1/workflows/{id}/uses", { params: { path: { id } } })),
  });
  if (!uses.data) return <Loading lines={1} />;
  const called = (one: string) => {
    const thing = [...(dids.data ?? []), ...(queues.data ?? [])].find((each) => each.id === one);
    return thing && nameOf(thing);
  };
  return (
    <section aria-label={t("workflow.uses")} className="grid gap-1">
      <h2 className="font-semibold">{t("workflow.uses")}</h2>
      {uses.data.length === 0 && <p className="text-sm text-ink-soft">{t("workflow.noUses")}</p>}
      <ul className="text-sm">
        {uses.data.map((use) => (
          <li key={`${use.id} ${use.field}`}>
            {called(use.id) ?? use.resource} <code className="text-ink-soft">{use.field}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
