// Teams: who may call whom, and whose attendance is tracked (R177).
import { useTranslation } from "react-i18next";

import { collection } from "./collection";
import { ResourcePage } from "./resource";

export function Teams() {
  const { t } = useTranslation();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/teams"),
        title: t("pages.teams"),
        one: t("one.team"),
        empty: { title: t("empty.teams"), text: t("empty.teamsWhy") },
        nameOf: (team) => team.name,
        fresh: () => ({ name: "", tracked: false }),
        columns: [
          { id: "name", name: t("fields.name"), value: (team) => team.name },
          {
            id: "tracked",
            name: t("fields.tracked"),
            value: (team) => (team.tracked ? t("common.yes") : t("common.no")),
          },
        ],
        fields: [
          { path: "name", label: "name", kind: "text", required: true, max: 128 },
          { path: "tracked", label: "tracked", kind: "switch" },
        ],
      }}
    />
  );
}
