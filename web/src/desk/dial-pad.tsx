// Keys for whoever I talk with: a menu at the other end, a reference number.
import { Grid3x3 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { AgentView, CallView } from "../api/words";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { canCall, useCallVerb } from "./actions";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

export function DialPadButton({ agent, call }: { agent: AgentView; call: CallView }) {
  const { t } = useTranslation();
  const { mutate } = useCallVerb();
  const [open, show] = useState(false);
  const [pressed, note] = useState("");
  const may = canCall(agent, call, "press");
  const press = (keys: string) => {
    note((before) => (before + keys).slice(-20));
    mutate({ do: "press", keys });
  };
  return (
    <>
      <Button
        large
        why={may ? undefined : t("why.noConversation")}
        icon={<Grid3x3 size={18} aria-hidden />}
        onClick={() => show(true)}
      >
        {t("call.keys")}
      </Button>
      <Dialog
        open={open && may}
        onOpenChange={show}
        title={t("call.keys")}
        about={t("call.keysAbout")}
      >
        <output className="digits block min-h-8 text-center text-2xl" dir="ltr">
          {pressed}
        </output>
        <div className="mx-auto grid max-w-60 grid-cols-3 gap-2" dir="ltr">
          {KEYS.map((key) => (
            <Button key={key} large onClick={() => press(key)}>
              {key}
            </Button>
          ))}
        </div>
      </Dialog>
    </>
  );
}
