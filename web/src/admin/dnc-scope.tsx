// Whom a do-not-call entry binds, and why.
import { useTranslation } from "react-i18next";

import { Labelled } from "../ui/field";
import { useNames } from "./inputs";

/** Whom an entry binds; empty is every campaign. */
export function ScopeChoice(props: { campaign: string; choose: (campaign: string) => void }) {
  const { t } = useTranslation();
  const campaigns = useNames("/v1/campaigns");
  return (
    <Labelled label={t("dnc.scope")}>
      {({ id }) => (
        <select
          id={id}
          value={props.campaign}
          onChange={({ target }) => props.choose(target.value)}
          className="field"
        >
          <option value="">{t("dnc.organisation")}</option>
          {campaigns.data?.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

/** Most characters of a reason. */
export const REASON_MAX = 200;
