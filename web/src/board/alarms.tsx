// What must be looked at now: dialling stopped, a carrier that does not answer.
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useLive } from "../live/hooks";

export function Alarms() {
  const { t } = useTranslation();
  const stopped = useLive((store) => store.totals?.dialling_stopped);
  const trunks = useLive((store) => store.all("trunk"));
  const down = trunks.filter((trunk) => trunk.enabled && !trunk.up);
  if (!stopped && down.length === 0) return null;
  return (
    <div
      role="alert"
      className="grid gap-1 rounded-xl border border-bad/40 bg-bad-soft px-4 py-3 text-bad"
    >
      {stopped && (
        <p className="flex items-center gap-2">
          <TriangleAlert size={17} aria-hidden /> {t("board.stopped", { why: stopped })}
        </p>
      )}
      {down.map((trunk) => (
        <p key={trunk.id} className="flex items-center gap-2">
          <TriangleAlert size={17} aria-hidden /> {t("board.trunkDown", { name: trunk.name })}
        </p>
      ))}
    </div>
  );
}
