// The pace of a campaign over the last minutes: agents ready, and attempts in the network.
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { useTheme } from "../app/theme";
import type { CampaignView } from "../api/words";
import { serverNow } from "../live/clock";

/** A ring of samples; the oldest goes when a new one comes. */
export class Samples {
  readonly rows: [number[], number[], number[]] = [[], [], []];

  add(at: number, ready: number, inFlight: number): void {
    for (const [row, value] of [at, ready, inFlight].entries()) this.rows[row]?.push(value);
    if (this.rows[0].length > SAMPLES_MAX) for (const row of this.rows) row.shift();
  }
}

/** The chart takes its colours when it is made, so each theme has a chart of its own. */
export function Pace({ campaign }: { campaign: CampaignView }) {
  return <Chart key={useTheme()} campaign={campaign} />;
}

function Chart({ campaign }: { campaign: CampaignView }) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const samples = useRef(new Samples());
  const newest = useRef(campaign);
  useEffect(() => {
    newest.current = campaign;
  });

  useEffect(() => {
    const here = place.current;
    if (!here) return;
    const style = getComputedStyle(here);
    const ink = (name: string) => style.getPropertyValue(name);
    const axis = { show: false };
    const points = { show: false };
    const chart = new uPlot(
      {
        width: here.clientWidth || 240,
        height: 56,
        legend: { show: false },
        cursor: { show: false },
        axes: [axis, axis],
        padding: [4, 0, 4, 0],
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(high, 4)] } },
        series: [
          {},
          { stroke: ink("--good"), width: 1.5, points },
          { stroke: ink("--busy"), width: 1.5, fill: ink("--busy-soft"), points },
        ],
      },
      samples.current.rows,
      here,
    );
    const draw = () => {
      const { ready, in_flight } = newest.current;
      samples.current.add(serverNow() / 1000, ready, in_flight);
      chart.setData(samples.current.rows);
    };
    draw();
    const timer = setInterval(draw, 1000);
    const watch = new ResizeObserver(() => chart.setSize({ width: here.clientWidth, height: 56 }));
    watch.observe(here);
    return () => {
      clearInterval(timer);
      watch.disconnect();
      chart.destroy();
    };
  }, []);

  return (
    <div
      ref={place}
      role="img"
      aria-label={t("campaign.pace", { ready: campaign.ready, inFlight: campaign.in_flight })}
      className="min-w-0 overflow-hidden"
    />
  );
}

const SAMPLES_MAX = 300;
