// Who was there, and what supervisors did: shifts from clock-in to clock-out, and the log of
// supervision.
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { duration, moment } from "../i18n/format";
import { useNames } from "./inputs";
import { Records } from "./records";

function useAgentName(): (id: string) => string | undefined {
  const agents = useNames("/v1/agents");
  return (id) => {
    const found = agents.data?.find((one) => one.id === id);
    return found && `${found.first_name} ${found.last_name}`;
  };
}

export function Attendance() {
  const { t, i18n } = useTranslation();
  const agent = useAgentName();
  const teams = useNames("/v1/teams");
  const spent = (us: number) => duration(us / 1000);
  return (
    <Records
      title={t("pages.attendance")}
      queryKey={["attendance"]}
      load={async ({ after }) => {
        const query = { limit: PAGE, ...(after ? { before: Number(after) } : {}) };
        const { items } = await answer(api.GET("/v1/attendance", { params: { query } }));
        const last = items.at(-1);
        return { items, next: items.length === PAGE && last ? String(last.seq) : null };
      }}
      idOf={(shift) => String(shift.seq)}
      empty={{ title: t("empty.attendance"), text: t("empty.attendanceWhy") }}
      columns={[
        { id: "agent", name: t("one.agent"), value: (shift) => agent(shift.agent) },
        {
          id: "unit",
          name: t("one.team"),
          value: ({ unit }) => teams.data?.find(({ id }) => id === unit)?.name,
        },
        {
          id: "in",
          name: t("attendance.in"),
          value: (shift) => moment(shift.clocked_in_at, i18n.language),
        },
        {
          id: "out",
          name: t("attendance.out"),
          value: ({ clocked_out_at: at }) => (at ? moment(at, i18n.language) : undefined),
        },
        {
          id: "available",
          name: t("attendance.available"),
          value: (shift) => spent(shift.available_us),
          end: true,
        },
        {
          id: "active",
          name: t("attendance.active"),
          value: (shift) => spent(shift.active_us),
          end: true,
        },
        {
          id: "unavailable",
          name: t("attendance.unavailable"),
          value: (shift) => spent(shift.unavailable_us),
          end: true,
        },
        { id: "reason", name: t("dnc.reason"), value: (shift) => shift.reason },
      ]}
    />
  );
}

export function SupervisionLog() {
  const { t, i18n } = useTranslation();
  const agent = useAgentName();
  const users = useNames("/v1/users");
  return (
    <Records
      title={t("pages.supervision")}
      queryKey={["supervision"]}
      load={async ({ after }) => {
        const query = { limit: PAGE, ...(after ? { after: Number(after) } : {}) };
        const { items } = await answer(api.GET("/v1/supervision", { params: { query } }));
        const last = items.at(-1);
        return { items, next: items.length === PAGE && last ? String(last.seq) : null };
      }}
      idOf={(act) => String(act.seq)}
      empty={{ title: t("empty.supervision"), text: t("empty.supervisionWhy") }}
      columns={[
        { id: "at", name: t("history.at"), value: (act) => moment(act.at, i18n.language) },
        {
          id: "user",
          name: t("one.user"),
          value: ({ user }) => users.data?.find(({ id }) => id === user)?.username,
        },
        { id: "act", name: t("attendance.act"), value: ({ act }) => act.replaceAll("_", " ") },
        { id: "agent", name: t("one.agent"), value: (act) => agent(act.agent) },
      ]}
    />
  );
}

const PAGE = 100;
