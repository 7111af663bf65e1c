// Lists of people to call, bringing people onto them, and taking a list along as it stands.
import { Download, Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { may } from "../app/pages";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { collection } from "./collection";
import { ListImport } from "./list-import";
import { ResourcePage } from "./resource";

export function Lists() {
  const { t } = useTranslation();
  const { user } = useSession();
  const writes = may(user, "leads_write");
  const [target, aim] = useState<{ id: string; name: string }>();
  return (
    <>
      <ResourcePage
        resource={{
          of: collection("/v1/lists"),
          title: t("pages.lists"),
          one: t("one.list"),
          empty: { title: t("empty.lists"), text: t("empty.listsWhy") },
          mayChange: writes,
          nameOf: (list) => list.name,
          fresh: () => ({ name: "", source: null }),
          extra: (list) => (
            <>
              <Button
                why={writes ? undefined : t("import.notYours")}
                icon={<Upload size={16} aria-hidden />}
                onClick={() => aim(list)}
              >
                {t("import.open")}
              </Button>
              <a
                href={`/v1/lists/${list.id}/leads`}
                download={`${list.name}.csv`}
                className="inline-flex items-center gap-1.5 rounded px-2 text-sm text-accent-text hover:underline"
              >
                <Download size={16} aria-hidden /> {t("import.export")}
              </a>
            </>
          ),
          onCreated: aim,
          columns: [
            { id: "name", name: t("fields.name"), value: (list) => list.name },
            { id: "source", name: t("fields.source"), value: (list) => list.source },
            {
              id: "created",
              name: t("fields.created_at"),
              value: (list) => list.created_at.slice(0, 10),
            },
          ],
          fields: [
            { path: "name", label: "name", kind: "text", required: true, max: 100 },
            { path: "source", label: "source", hint: "source", kind: "text", max: 200 },
          ],
        }}
      />
      {target && (
        <Dialog
          open
          wide
          onOpenChange={() => aim(undefined)}
          title={t("import.title", { list: target.name })}
          about={t("import.about")}
        >
          <ListImport list={target.id} />
        </Dialog>
      )}
    </>
  );
}
