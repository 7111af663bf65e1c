// Every call of this moment, the longest in its state first.
import { useVirtualizer } from "@tanstack/react-virtual";
import { MicOff, PhoneOff } from "lucide-react";
import { useMemo, useRef } from "react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { CallView } from "../api/words";
import { useLive } from "../live/hooks";
import { Elapsed } from "../ui/agent-state";
import { Button } from "../ui/button";
import { LineQuality } from "../ui/line-quality";
import { notifyProblem } from "../ui/notices";
import { Empty } from "../ui/states";

export function CallList() {
  const { t } = useTranslation();
  const calls = useLive((store) => store.all("call"));
  const sorted = useMemo(() => calls.toSorted((a, b) => a.since.localeCompare(b.since)), [calls]);
  const frame = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    getItemKey: (at) => sorted[at]?.id ?? at,
    overscan: 6,
  });
  return (
    <section aria-label={t("pages.calls")} className="panel">
      <h2 className="border-b border-line px-4 py-3 font-semibold">
        {t("pages.calls")} <span className="digits text-ink-faint">{calls.length}</span>
      </h2>
      {calls.length === 0 && <Empty title={t("callList.none")} text={t("callList.noneWhy")} />}
      <div
        ref={frame}
        tabIndex={0}
        role="region"
        aria-label={t("callList.region")}
        className="max-h-96 overflow-y-auto"
      >
        <ul className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ key, index, start }) => {
            const call = sorted[index];
            return call && <Row key={key} call={call} top={start} />;
          })}
        </ul>
      </div>
    </section>
  );
}

function Row({ call, top }: { call: CallView; top: number }) {
  const { t } = useTranslation();
  const agent = useLive((store) => store.one("agent", call.agent));
  const hangUp = useMutation({
    mutationFn: () =>
      answer(api.POST("/v1/calls/{id}/hang-up", { params: { path: { id: call.id } } })),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  const customer =
    call.direction === "outbound" ? call.called : (call.calling ?? t("call.withheld"));
  return (
    <li
      className="digits absolute inset-x-0 flex items-center gap-3 border-b border-line px-4 text-sm"
      style={{ height: ROW, transform: `translateY(${top}px)` }}
    >
      <span className="w-24 shrink-0 text-ink-soft">{t(`callState.${call.state}`)}</span>
      <span className="min-w-0 flex-1 truncate">
        <span dir="ltr">{customer}</span>
        {call.lead && <span className="text-ink-soft"> · {call.lead.name}</span>}
      </span>
      <span className="max-w-32 truncate text-ink-soft">{agent?.name}</span>
      {call.talk?.dead_since && (
        <span className="inline-flex items-center gap-1 text-hold">
          <MicOff size={15} aria-hidden />
          {t("talk.deadAir")} <Elapsed since={call.talk.dead_since} />
        </span>
      )}
      <span className="w-12 shrink-0">
        <LineQuality legs={call.legs} />
      </span>
      <Elapsed since={call.since} />
      <Button
        look="quiet"
        className="h-7! px-1.5!"
        onClick={() => hangUp.mutate()}
        aria-label={t("callList.hangUp", { number: customer })}
      >
        <PhoneOff size={15} aria-hidden />
      </Button>
    </li>
  );
}

const ROW = 44;
