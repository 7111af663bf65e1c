// Places in line of callers who hung up: who is called back in their turn, and what became of it.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { may } from "../app/pages";
import { moment } from "../i18n/format";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { notifyProblem } from "../ui/notices";
import { useNames } from "./inputs";
import { Records } from "./records";

export function KeptPlaces() {
  const { t, i18n } = useTranslation();
  const queues = useNames("/v1/queues");
  const campaigns = useNames("/v1/campaigns");
  const [open, only] = useState(true);
  return (
    <Records
      title={t("pages.keptPlaces")}
      queryKey={["kept-places", open]}
      load={({ after }) =>
        answer(
          api.GET("/v1/kept-places", {
            params: {
              query: { limit: 100, ...(open ? { open } : {}), ...(after ? { after } : {}) },
            },
          }),
        )
      }
      idOf={(place) => place.call}
      empty={{ title: t("empty.keptPlaces"), text: t("empty.keptPlacesWhy") }}
      filters={
        <label className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={open}
            onChange={(event) => only(event.target.checked)}
            className="size-4 accent-accent"
          />
          {t("keptPlace.openOnly")}
        </label>
      }
      columns={[
        {
          id: "arrived",
          name: t("keptPlace.arrived"),
          value: (place) => moment(place.arrived_at, i18n.language),
        },
        {
          id: "queue",
          name: t("one.queue"),
          value: ({ queue }) => queues.data?.find(({ id }) => id === queue)?.name,
        },
        { id: "number", name: t("fields.number"), value: (place) => place.number, ltr: true },
        {
          id: "campaign",
          name: t("one.campaign"),
          value: ({ campaign }) => campaigns.data?.find(({ id }) => id === campaign)?.name,
        },
        {
          id: "tries",
          name: t("keptPlace.tries"),
          value: ({ tries, tries_max }) => t("keptPlace.of", { tries, most: tries_max }),
        },
        {
          id: "until",
          name: t("keptPlace.until"),
          value: (place) => moment(place.until, i18n.language),
        },
        {
          id: "closing",
          name: t("fields.state"),
          value: ({ closing }) => t(`keptPlace.${closing ?? "open"}`),
          cell: ({ call, closing }) => (closing ? undefined : <Remove call={call} />),
        },
      ]}
    />
  );
}

function Remove({ call }: { call: string }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const queries = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () =>
      answer(api.DELETE("/v1/kept-places/{id}", { params: { path: { id: call } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["kept-places"] }),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  if (!may(user, "callbacks_write")) {
    return t("keptPlace.open");
  }
  return (
    <Button
      look="quiet"
      disabled={isPending}
      icon={<Undo2 size={15} aria-hidden />}
      onClick={() => mutate()}
    >
      {t("keptPlace.remove")}
    </Button>
  );
}
