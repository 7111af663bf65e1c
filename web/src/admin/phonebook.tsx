// Numbers outside that agents reach by name.
import { useTranslation } from "react-i18next";

import { collection } from "./collection";
import { ResourcePage } from "./resource";

export function Phonebook() {
  const { t } = useTranslation();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/phonebook"),
        title: t("pages.phonebook"),
        one: t("one.phonebookEntry"),
        empty: { title: t("empty.phonebook"), text: t("empty.phonebookWhy") },
        nameOf: (entry) => entry.name,
        fresh: () => ({ name: "", number: "", note: null }),
        columns: [
          { id: "name", name: t("fields.name"), value: (entry) => entry.name },
          { id: "number", name: t("fields.number"), value: (entry) => entry.number, ltr: true },
          { id: "note", name: t("fields.note"), value: (entry) => entry.note },
        ],
        fields: [
          { path: "name", label: "name", kind: "text", required: true, max: 128 },
          {
            path: "number",
            label: "number",
            hint: "e164",
            kind: "text",
            required: true,
            ltr: true,
          },
          { path: "note", label: "note", kind: "text", max: 256 },
        ],
      }}
    />
  );
}
