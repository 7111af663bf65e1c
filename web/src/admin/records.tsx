// A page of records: search, the list itself, more of it, and a way to take it along as CSV. Every
// resource and every record of the past is shown by this.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { type ReactNode, useDeferredValue, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useShortcut } from "../app/keys";
import { Button } from "../ui/button";
import { Empty, Failed, Loading } from "../ui/states";
import { type Column, csvOf, save, Table } from "./table";

export type Found<Row> = { items: Row[]; next?: string | null };

type Props<Row> = {
  title: string;
  queryKey: readonly unknown[];
  load: (asked: { text?: string; after?: string }) => Promise<Found<Row>>;
  columns: readonly Column<Row>[];
  idOf: (row: Row) => string;
  onOpen?: (row: Row) => void;
  empty: { title: string; text: string };
  /** Leave out where the API has no search. */
  searchHint?: string;
  /** What is told of all of them together. */
  above?: ReactNode;
  filters?: ReactNode;
  actions?: ReactNode;
};

export function Records<Row extends object>(props: Props<Row>) {
  const { title, queryKey, load, columns, idOf, onOpen, empty, searchHint, filters, actions } =
    props;
  const { t } = useTranslation();
  const [typed, type] = useState("");
  const text = useDeferredValue(typed.trim());
  const box = useRef<HTMLInputElement>(null);
  useShortcut("search", () => box.current?.focus());
  const found = useInfiniteQuery({
    queryKey: [...queryKey, { text }],
    queryFn: ({ pageParam }) =>
      load({ ...(text ? { text } : {}), ...(pageParam ? { after: pageParam } : {}) }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  return (
    <div className="mx-auto grid max-w-6xl gap-4 p-4 lg:p-6">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        <div className="ms-auto flex flex-wrap items-center gap-2">
          {searchHint && (
            <input
              ref={box}
              type="search"
              value={typed}
              onChange={(event) => type(event.target.value)}
              placeholder={searchHint}
              aria-label={searchHint}
              className="field w-56!"
            />
          )}
          {filters}
          <Button
            look="quiet"
            why={rows.length === 0 ? t("table.nothingToSave") : undefined}
            icon={<Download size={16} aria-hidden />}
            onClick={() => save(`${title}.csv`, csvOf(rows, columns))}
          >
            CSV
          </Button>
          {actions}
        </div>
      </div>
      {props.above}
      <div className="panel overflow-hidden">
        {found.isPending ? (
          <Loading />
        ) : found.isError ? (
          <Failed error={found.error} retry={() => void found.refetch()} />
        ) : rows.length === 0 ? (
          <Empty
            title={text ? t("table.noMatch") : empty.title}
            text={text ? t("table.noMatchWhy") : empty.text}
          />
        ) : (
          <Table
            label={title}
            rows={rows}
            columns={columns}
            idOf={idOf}
            {...(onOpen ? { onOpen } : {})}
          />
        )}
      </div>
      {found.hasNextPage && (
        <div className="text-center">
          <Button onClick={() => void found.fetchNextPage()} disabled={found.isFetchingNextPage}>
            {t("common.more")}
          </Button>
        </div>
      )}
    </div>
  );
}
