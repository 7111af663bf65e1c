// The shortcuts sheet: every key, and a way to put another one in its place.
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { DEFAULTS, remap, resetKeys, type Shortcut, spell, useKeyOf } from "./keys";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

export function Sheet({ open, onOpenChange }: Props) {
  const { t } = useTranslation();
  const [fault, tell] = useState<string>();
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("sheet.title")}
      about={t("sheet.about")}
    >
      <ul className="divide-y divide-line">
        {(Object.keys(DEFAULTS) as Shortcut[]).map((shortcut) => (
          <Row key={shortcut} shortcut={shortcut} tell={tell} />
        ))}
        <li className="flex items-center justify-between py-2">
          {t("sheet.dispositions")}
          <span className="kbd">1 – 9</span>
        </li>
      </ul>
      <p role="status" className="min-h-6 pt-2 text-sm text-bad">
        {fault}
      </p>
      <Button onClick={resetKeys}>{t("sheet.reset")}</Button>
    </Dialog>
  );
}

function Row({ shortcut, tell }: { shortcut: Shortcut; tell: (fault?: string) => void }) {
  const { t } = useTranslation();
  const key = useKeyOf(shortcut);
  const [waiting, wait] = useState(false);
  return (
    <li className="flex items-center justify-between py-2">
      {t(`shortcuts.${shortcut}`)}
      <button
        type="button"
        aria-label={t("sheet.change", { what: t(`shortcuts.${shortcut}`), key })}
        onClick={() => wait(true)}
        onBlur={() => wait(false)}
        onKeyDown={(event) => {
          const pressed = spell(event.nativeEvent);
          if (!waiting || !pressed || pressed === "Tab") return;
          event.preventDefault();
          event.stopPropagation();
          wait(false);
          if (pressed === "Escape") return;
          const taken = remap(shortcut, pressed);
          if (!taken) tell();
          else if (taken === "digit") tell(t("sheet.digits"));
          else tell(t("sheet.taken", { key: pressed, what: t(`shortcuts.${taken}`) }));
        }}
        className={`kbd px-2 ${waiting ? "border-accent text-accent-text" : ""}`}
      >
        {waiting ? t("sheet.press") : key}
      </button>
    </li>
  );
}
