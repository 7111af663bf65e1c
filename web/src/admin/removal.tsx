// A thing is deleted, once somebody has said so twice; why it cannot be is said where it was asked.
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { problemOf } from "../api/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { notify } from "../ui/notices";

export function Removal(props: {
  name: string;
  remove: () => Promise<void>;
  onClose: () => void;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const { mutate, isPending, error } = useMutation({
    mutationFn: props.remove,
    onSuccess: () => {
      notify("system", t("form.removed", { name: props.name }));
      props.onClose();
      props.onDone();
    },
  });
  const problem = error ? problemOf(error) : undefined;
  return (
    <Dialog open onOpenChange={props.onClose} title={t("form.removeTitle", { name: props.name })}>
      <p>{t("form.removeWhy")}</p>
      {problem && (
        <div role="alert" className="mt-3 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          <p>
            {problem.title || t("states.unreachable")} {problem.detail}
          </p>
          {problem.references?.map((reference) => (
            <p key={reference.id + reference.field}>
              {reference.resource} {reference.field}
            </p>
          ))}
        </div>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={props.onClose}>{t("common.cancel")}</Button>
        <Button look="danger" disabled={isPending} onClick={() => mutate()}>
          {t("common.remove")}
        </Button>
      </div>
    </Dialog>
  );
}
