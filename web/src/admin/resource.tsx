// A resource of the API as a page: its list, a form to make one, a form to change one, a way to delete
// one that asks first. What differs between resources is described, not written again.
import { useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { keyOf, useShortcut } from "../app/keys";
import { Button } from "../ui/button";
import type { Collection, CollectionPath, Created, Draft, Item } from "./collection";
import { draftOf, type Field } from "./field";
import { FormSheet } from "./form";
import { Records } from "./records";
import { Removal } from "./removal";
import type { Column } from "./table";

export type Resource<P extends CollectionPath> = {
  of: Collection<P>;
  title: string;
  /** One of them, in words. */
  one: string;
  empty: { title: string; text: string };
  columns: readonly Column<Item<P>>[];
  fields: readonly Field[];
  fresh: () => Record<string, unknown>;
  /** What a row shows beyond what may be changed. */
  shown?: readonly string[];
  /** Fields of a change, where they differ from those of a new one. */
  changeFields?: readonly Field[];
  nameOf: (row: Item<P>) => string;
  onCreated?: (made: Created<P>) => void;
  /** What else can be done with one, in its form. */
  extra?: (row: Item<P>) => ReactNode;
  mayChange?: boolean;
  /** Its form has more to show than a column of fields. */
  wide?: boolean;
  /** What can be done beside making one. */
  beside?: ReactNode;
};

type Row = { id: string; version: number };

export function ResourcePage<P extends CollectionPath>({ resource }: { resource: Resource<P> }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [opened, open] = useState<Item<P> | "new">();
  const [doomed, doom] = useState<Item<P>>();
  const { of, title, one, columns, fields, mayChange = true } = resource;
  const done = () => {
    open(undefined);
    void queries.invalidateQueries({ queryKey: [of.path] });
  };
  useShortcut("create", () => {
    if (mayChange) open("new");
  });
  const row = opened === "new" ? undefined : opened;
  return (
    <>
      <Records
        title={title}
        queryKey={[of.path]}
        load={of.list}
        columns={columns}
        idOf={(item) => (item as Row).id}
        onOpen={open}
        empty={resource.empty}
        searchHint={t("common.search")}
        actions={
          mayChange && (
            <>
              {resource.beside}
              <Button
                look="primary"
                icon={<Plus size={17} aria-hidden />}
                hint={keyOf("create")}
                onClick={() => open("new")}
              >
                {t("common.create")}
              </Button>
            </>
          )
        }
      />
      {opened === "new" && (
        <FormSheet
          title={t("form.new", { what: one })}
          wide={resource.wide}
          fields={fields}
          start={resource.fresh()}
          save={async (body) => {
            const made = await of.create(body as Draft<P>);
            resource.onCreated?.(made);
          }}
          onDone={done}
          onCancel={() => open(undefined)}
        />
      )}
      {row && (
        <FormSheet
          key={(row as Row).id}
          title={resource.nameOf(row)}
          wide={resource.wide}
          fields={resource.changeFields ?? fields}
          start={draftOf(row, resource.shown)}
          save={(body) => of.replace((row as Row).id, (row as Row).version, body)}
          onDone={done}
          onCancel={() => open(undefined)}
          above={
            <div className="flex flex-wrap gap-2">
              {resource.extra?.(row)}
              {mayChange && (
                <Button
                  look="danger"
                  icon={<Trash2 size={16} aria-hidden />}
                  onClick={() => doom(row)}
                >
                  {t("common.remove")}
                </Button>
              )}
            </div>
          }
        />
      )}
      {doomed && (
        <Removal
          name={resource.nameOf(doomed)}
          remove={() => of.remove((doomed as Row).id, (doomed as Row).version)}
          onClose={() => doom(undefined)}
          onDone={done}
        />
      )}
    </>
  );
}
