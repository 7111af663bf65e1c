// First steps: from an empty switch to a running campaign. Each step is done when the switch says so.
import { useQuery } from "@tanstack/react-query";
import { Link as To } from "@tanstack/react-router";
import { ArrowRight, CircleCheckBig, CircleDashed } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useLive } from "../live/hooks";
import { Loading } from "../ui/states";
import { collection, type CollectionPath } from "./collection";
import { useOrganisation } from "./organisation";

const STEPS = [
  { name: "organisation", path: "/admin/organisation", of: undefined },
  { name: "clis", path: "/admin/clis", of: "/v1/clis" },
  { name: "trunks", path: "/admin/trunks", of: "/v1/trunks" },
  { name: "agents", path: "/admin/agents", of: "/v1/agents" },
  { name: "users", path: "/admin/users", of: "/v1/users" },
  { name: "queues", path: "/admin/queues", of: "/v1/queues" },
  { name: "dids", path: "/admin/dids", of: "/v1/dids" },
  { name: "lists", path: "/admin/lists", of: "/v1/lists" },
  { name: "campaigns", path: "/admin/campaigns", of: "/v1/campaigns" },
] as const;

function useCount(of: CollectionPath | undefined) {
  return useQuery({
    queryKey: [of, "count"],
    enabled: !!of,
    queryFn: async () => (await collection(of ?? "/v1/clis").list({})).items.length,
  });
}

export function Start() {
  const { t } = useTranslation();
  const organisation = useOrganisation();
  const running = useLive((store) => store.all("campaign").some((campaign) => campaign.running));
  if (organisation.isPending) return <Loading />;
  return (
    <div className="mx-auto max-w-3xl p-4 lg:p-6">
      <h1 className="text-xl font-semibold tracking-tight">{t("start.title")}</h1>
      <p className="mb-5 text-ink-soft">{t("start.about")}</p>
      <ol className="panel divide-y divide-line overflow-hidden">
        {STEPS.map((step) => (
          <Step key={step.name} {...step} organised={!!organisation.data} />
        ))}
        <Row done={running} title={t("start.run")} why={t("start.runWhy")} path="/board" />
      </ol>
    </div>
  );
}

function Step({ name, path, of, organised }: (typeof STEPS)[number] & { organised: boolean }) {
  const { t } = useTranslation();
  const count = useCount(of);
  // Whoever reads this is a user already: a second one is the step.
  const enough = name === "users" ? 2 : 1;
  const done = of ? (count.data ?? 0) >= enough : organised;
  return <Row done={done} title={t(`start.${name}`)} why={t(`start.${name}Why`)} path={path} />;
}

function Row({
  done,
  title,
  why,
  path,
}: {
  done: boolean;
  title: string;
  why: string;
  path: string;
}) {
  const { t } = useTranslation();
  const Icon = done ? CircleCheckBig : CircleDashed;
  return (
    <li>
      <To to={path} className="flex items-center gap-4 px-5 py-3.5 hover:bg-sunken">
        <Icon size={22} className={done ? "text-good" : "text-ink-faint"} aria-hidden />
        <span className="flex-1">
          <span className="block font-medium">{title}</span>
          <span className="text-sm text-ink-soft">{why}</span>
        </span>
        <span className="sr-only">{done ? t("start.done") : t("start.open")}</span>
        <ArrowRight size={17} className="text-ink-faint rtl:rotate-180" aria-hidden />
      </To>
    </li>
  );
}
