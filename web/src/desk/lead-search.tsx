// Looking for a person among the leads of one of my campaigns (R148): for those who may, in a dialog.
import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { moment } from "../i18n/format";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Labelled, Text } from "../ui/field";
import { Empty, Failed, Loading } from "../ui/states";

export function LeadSearch() {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const campaigns = useQuery({
    queryKey: ["my-lead-campaigns"],
    queryFn: () => answer(api.GET("/v1/me/lead-campaigns")),
  });
  if (!campaigns.data || campaigns.data.length === 0) return null;
  return (
    <section aria-label={t("leadSearch.title")} className="panel px-5 py-4">
      <Button icon={<Search size={16} aria-hidden />} onClick={() => show(true)}>
        {t("leadSearch.title")}
      </Button>
      {open && (
        <Dialog
          open
          wide
          onOpenChange={show}
          title={t("leadSearch.title")}
          about={t("leadSearch.about")}
        >
          <Searching campaigns={campaigns.data} />
        </Dialog>
      )}
    </section>
  );
}

function Searching({ campaigns }: { campaigns: readonly { id: string; name: string }[] }) {
  const { t } = useTranslation();
  const [campaign, choose] = useState(campaigns[0]?.id ?? "");
  const [typed, type] = useState("");
  const text = useDeferredValue(typed.trim());
  return (
    <div className="grid gap-4">
      <div className="grid gap-3 sm:grid-cols-2">
        <Labelled label={t("call.campaign")}>
          {({ id }) => (
            <select
              id={id}
              className="field"
              value={campaign}
              onChange={(event) => choose(event.target.value)}
            >
              {campaigns.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          )}
        </Labelled>
        <Text
          label={t("leadSearch.text")}
          hint={t("leadSearch.hint")}
          type="search"
          value={typed}
          onChange={(event) => type(event.target.value)}
        />
      </div>
      {text.length >= 2 && <Found campaign={campaign} text={text} />}
    </div>
  );
}

function Found({ campaign, text }: { campaign: string; text: string }) {
  const { t, i18n } = useTranslation();
  const found = useQuery({
    queryKey: ["my-leads", campaign, text],
    placeholderData: (before) => before,
    queryFn: () =>
      answer(api.GET("/v1/me/leads", { params: { query: { campaign, text, limit: 20 } } })),
  });
  if (found.isPending) return <Loading lines={3} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (found.data.items.length === 0) {
    return <Empty title={t("table.noMatch")} text={t("table.noMatchWhy")} />;
  }
  return (
    <ul aria-label={t("leadSearch.found")} className="divide-y divide-line">
      {found.data.items.map((lead) => (
        <li key={lead.id} className="digits grid grid-cols-[1fr_auto_auto] gap-4 py-2 text-sm">
          <span className="truncate font-medium">
            {`${lead.first_name} ${lead.last_name}`.trim()}
          </span>
          <span dir="ltr">{lead.number}</span>
          <span className="text-ink-soft">
            {t(`leadStatus.${lead.status}`)}
            {lead.last_attempt_at && `, ${moment(lead.last_attempt_at, i18n.language)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
