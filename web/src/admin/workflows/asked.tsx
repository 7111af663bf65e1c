// What is asked before something is lost: leaving with changes, a version that somebody else saved
// meanwhile, and the end of a workflow.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { problemOf } from "../../api/problem";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { notify } from "../../ui/notices";
import { collection } from "../collection";
import type { changes } from "./steps";

type LeavingProps = { name: string; onStay: () => void; onLeave: () => void };

export function Leaving({ name, onStay, onLeave }: LeavingProps) {
  const { t } = useTranslation();
  return (
    <Dialog open onOpenChange={onStay} title={t("workflow.leave")}>
      <p>{t("workflow.leaveWhy", { name })}</p>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onStay}>{t("workflow.stay")}</Button>
        <Button look="danger" onClick={onLeave}>
          {t("workflow.discard")}
        </Button>
      </div>
    </Dialog>
  );
}

type StaleProps = {
  id: string;
  theirs: number;
  changes: ReturnType<typeof changes>;
  onTheirs: () => void;
  onMine: () => void;
  onClose: () => void;
};

/** Somebody saved meanwhile: what they changed, and whose version is to stay. */
export function Stale({ id, theirs, changes: told, onTheirs, onMine, onClose }: StaleProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const words = [
    ...told.added.map((name) => t("workflow.added", { name })),
    ...told.changed.map((name) => t("workflow.changed", { name })),
    ...told.removed.map((name) => t("workflow.removed", { name })),
  ];
  return (
    <Dialog open onOpenChange={onClose} title={t("workflow.stale", { version: theirs })}>
      <p>{t("workflow.staleWhy")}</p>
      <p className="mt-2 text-sm text-ink-soft">
        {words.length > 0 ? words.join(" · ") : t("workflow.onlyName")}
      </p>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{t("workflow.stay")}</Button>
        <Button
          onClick={() => {
            onTheirs();
            void queries.invalidateQueries({ queryKey: ["/v1/workflows", id] });
          }}
        >
          {t("workflow.takeTheirs")}
        </Button>
        <Button look="danger" onClick={onMine}>
          {t("workflow.keepMine")}
        </Button>
      </div>
    </Dialog>
  );
}

type RemovalProps = { id: string; version: number; name: string; onClose: () => void };

export function Removal({ id, version, name, onClose }: RemovalProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const removing = useMutation({
    mutationFn: () => collection("/v1/workflows").remove(id, version),
    onSuccess: async () => {
      notify("system", t("form.removed", { name }));
      await navigate({ to: "/admin/workflows", ignoreBlocker: true });
      await queries.invalidateQueries({ queryKey: ["/v1/workflows"] });
    },
  });
  const problem = removing.error ? problemOf(removing.error) : undefined;
  return (
    <Dialog open onOpenChange={onClose} title={t("form.removeTitle", { name })}>
      <p>{t("form.removeWhy")}</p>
      {problem && (
        <div role="alert" className="mt-3 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          <p>{problem.title || t("states.unreachable")}</p>
          {problem.references?.map((reference) => (
            <p key={reference.id + reference.field}>
              {reference.resource} {reference.field}
            </p>
          ))}
        </div>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button look="danger" disabled={removing.isPending} onClick={() => removing.mutate()}>
          {t("common.remove")}
        </Button>
      </div>
    </Dialog>
  );
}
