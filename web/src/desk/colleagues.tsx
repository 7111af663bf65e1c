// My colleagues and the departments, before and beside a call: who is free, who waits there.
import { Phone } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { AgentView, Colleague, Department } from "../api/words";
import { LOOKS, TONES } from "../ui/agent-state";
import { Button } from "../ui/button";
import { useCallVerb } from "./actions";
import { useDirectory } from "./directory";

export function Colleagues({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const { data } = useDirectory(agent.state !== "logged_out");
  if (!data || data.colleagues.length + data.queues.length === 0) return null;
  return (
    <section aria-label={t("colleagues.title")} className="panel">
      <h2 className="border-b border-line px-5 py-3 font-semibold">{t("colleagues.title")}</h2>
      <ul className="max-h-80 divide-y divide-line overflow-y-auto">
        {data.colleagues.map((one) => (
          <Row key={one.id} agent={agent} colleague={one} />
        ))}
        {data.queues.map((one) => (
          <DepartmentRow key={one.id} department={one} />
        ))}
      </ul>
    </section>
  );
}

function Row({ agent, colleague }: { agent: AgentView; colleague: Colleague }) {
  const { t } = useTranslation();
  const { mutate } = useCallVerb();
  const { icon: Icon, tone } = LOOKS[colleague.state];
  const may = colleague.allowed.includes("call") && agent.allowed.includes("call_agent");
  return (
    <li className="flex items-center gap-3 px-5 py-2.5">
      <span className="min-w-0 flex-1 truncate">{colleague.name}</span>
      <span
        className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-sm ${TONES[tone]}`}
      >
        <Icon size={14} aria-hidden /> {t(`state.${colleague.state}`)}
      </span>
      <Button
        aria-label={t("colleagues.call", { name: colleague.name })}
        why={may ? undefined : t("why.notNow")}
        icon={<Phone size={16} aria-hidden />}
        onClick={() => mutate({ do: "call_agent", agent: colleague.id })}
      />
    </li>
  );
}

function DepartmentRow({ department }: { department: Department }) {
  const { t } = useTranslation();
  const { waiting, ready } = department;
  return (
    <li className="flex items-center gap-3 px-5 py-2.5">
      <span className="min-w-0 flex-1 truncate">{department.name}</span>
      <span className="digits text-sm text-ink-soft">
        {t("colleagues.department", { waiting, ready })}
      </span>
    </li>
  );
}
