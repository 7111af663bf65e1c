// Pausing: a reason must be chosen (R73); "other" takes words (R190).
import { useQuery } from "@tanstack/react-query";
import { CirclePause } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { keyOf, useShortcut } from "../app/keys";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Text } from "../ui/field";
import type { PauseFor } from "./actions";

type Props = { why: string | undefined; onChoose: (pause: PauseFor) => void };

const ITEM = `flex items-center justify-between gap-6 rounded-lg px-3 py-2 outline-none
  data-[highlighted]:bg-accent-soft data-[highlighted]:text-accent-text`;

export function PauseMenu({ why, onChoose }: Props) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const [other, askOther] = useState(false);
  const offered = useQuery({
    queryKey: ["pause-reasons", "offered"],
    queryFn: () => answer(api.GET("/v1/pause-reasons", { params: { query: { limit: 100 } } })),
  });
  const reasons = offered.data?.items.filter((reason) => reason.enabled !== false) ?? [];
  useShortcut("pause", () => {
    if (!why) show(true);
  });
  const button = (
    <Button large why={why} hint={keyOf("pause")} icon={<CirclePause size={18} aria-hidden />}>
      {t("desk.pause")}
    </Button>
  );
  if (why) return button;
  return (
    <>
      <DropdownMenu.Root open={open} onOpenChange={show}>
        <DropdownMenu.Trigger asChild>{button}</DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={6}
            aria-label={t("desk.pauseWhy")}
            className="z-50 min-w-60 rounded-xl border border-line bg-raised p-1.5 shadow-high"
          >
            {reasons.map(({ id, text, class: kind }) => (
              <DropdownMenu.Item
                key={id}
                className={ITEM}
                onSelect={() => onChoose({ reason: id })}
              >
                {text ?? t(`pauseClass.${kind}`)}
                <span className="text-sm text-ink-soft">{text && t(`pauseClass.${kind}`)}</span>
              </DropdownMenu.Item>
            ))}
            <DropdownMenu.Item className={ITEM} onSelect={() => askOther(true)}>
              {t("desk.otherReason")}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <OtherReason open={other} onOpenChange={askOther} onChoose={onChoose} />
    </>
  );
}

function OtherReason(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChoose: (pause: PauseFor) => void;
}) {
  const { t } = useTranslation();
  const [text, write] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onOpenChange(false);
    props.onChoose({ class: "other", text });
    write("");
  };
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={t("desk.pauseWhy")}>
      <form onSubmit={submit} className="grid gap-4">
        <Text
          label={t("desk.otherWords")}
          value={text}
          onChange={(event) => write(event.target.value)}
          maxLength={200}
          required
          autoFocus
        />
        <Button type="submit" look="primary">
          {t("desk.pause")}
        </Button>
      </form>
    </Dialog>
  );
}
