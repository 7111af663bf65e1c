// The supervisor's board: the floor as it is now, and what one does about it.
import { Link as To, useNavigate } from "@tanstack/react-router";
import { Tv } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { keyOf, useShortcut } from "../app/keys";
import { useLive } from "../live/hooks";
import { Loading } from "../ui/states";
import { AgentGrid } from "./agents";
import { Alarms } from "./alarms";
import { CallList } from "./calls";
import { CampaignCards } from "./campaigns";
import { QueueCards } from "./queues";
import { Table } from "./supervision";
import { TotalsStrip } from "./totals";

export function Board() {
  const { t } = useTranslation();
  const go = useNavigate();
  const known = useLive((store) => store.seq !== undefined);
  const [table, sit] = useState<string>();
  useShortcut("wall", () => void go({ to: "/board/wall" }));
  if (!known) return <Loading />;
  return (
    <div className="mx-auto grid max-w-[110rem] gap-4 p-4 lg:p-6">
      <div className="flex items-center justify-between gap-4">
        <h1 className="text-xl font-semibold tracking-tight">{t("pages.board")}</h1>
        <To
          to="/board/wall"
          className="flex items-center gap-2 rounded-lg px-3 py-1.5 text-sm text-ink-soft hover:bg-sunken"
        >
          <Tv size={16} aria-hidden />
          {t("board.wall")}
          <span className="kbd">{keyOf("wall")}</span>
        </To>
      </div>
      <Alarms />
      <TotalsStrip />
      <CampaignCards />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(22rem,2fr)]">
        <AgentGrid onSit={sit} />
        <div className="grid gap-4">
          <QueueCards />
          <CallList />
        </div>
      </div>
      {table && <Table key={table} agent={table} leave={() => sit(undefined)} />}
    </div>
  );
}
