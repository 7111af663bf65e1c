// What the law asks of a dialer, by country, and the do-not-call registers that others keep. A campaign
// has the same fields of its own; of both, what is stricter counts.
import { useTranslation } from "react-i18next";

import { may } from "../app/pages";
import { useSession } from "../session/session";
import { collection } from "./collection";
import { freshProfile, PROFILE_FIELDS } from "./law-fields";
import { RegisterImport } from "./register-import";
import { ResourcePage } from "./resource";

export function LegalProfiles() {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/legal-profiles"),
        title: t("pages.legalProfiles"),
        one: t("one.legalProfile"),
        empty: { title: t("empty.legalProfiles"), text: t("empty.legalProfilesWhy") },
        mayChange: may(user, "law_write"),
        nameOf: (profile) => profile.name,
        fresh: freshProfile,
        columns: [
          { id: "name", name: t("fields.name"), value: (profile) => profile.name },
          {
            id: "limit",
            name: t("fields.limit_permille"),
            value: (profile) => profile.abandon?.limit_permille,
            end: true,
          },
          {
            id: "ring",
            name: t("fields.ring_min_s"),
            value: (profile) => profile.ring_min_s,
            end: true,
          },
          {
            id: "consent",
            name: t("fields.consent"),
            value: (profile) => t(`options.${profile.consent ?? "none"}`),
          },
          {
            id: "checked",
            name: t("law.checked"),
            value: ({ sources = [] }) =>
              `${sources.filter(({ checked }) => checked).length} / ${sources.length}`,
            end: true,
          },
        ],
        fields: PROFILE_FIELDS,
      }}
    />
  );
}

export function DncRegisters() {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/dnc-registers"),
        title: t("pages.dncRegisters"),
        one: t("one.dncRegister"),
        empty: { title: t("empty.dncRegisters"), text: t("empty.dncRegistersWhy") },
        mayChange: may(user, "dnc_write"),
        nameOf: (register) => register.name,
        fresh: () => ({ name: "", fresh_for_days: 31, lifted_by: null }),
        columns: [
          { id: "name", name: t("fields.name"), value: (register) => register.name },
          {
            id: "fresh",
            name: t("fields.fresh_for_days"),
            value: (register) => register.fresh_for_days,
            end: true,
          },
          {
            id: "lifted",
            name: t("fields.lifted_by"),
            value: ({ lifted_by }) => lifted_by && t(`options.${lifted_by}`),
          },
        ],
        fields: [
          { path: "name", label: "name", kind: "text", required: true, max: 100 },
          {
            path: "fresh_for_days",
            label: "fresh_for_days",
            hint: "freshFor",
            kind: "number",
            min: 1,
            max: 366,
          },
          {
            path: "lifted_by",
            label: "lifted_by",
            hint: "liftedBy",
            kind: "select",
            options: ["express", "written"],
            optional: true,
          },
        ],
        extra: (register) => <RegisterImport register={register.id} />,
      }}
    />
  );
}
