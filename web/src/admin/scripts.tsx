// Scripts: what agents read and ask, page by page. The server says at which page one would be lost.
import { useTranslation } from "react-i18next";

import { may } from "../app/pages";
import { moment } from "../i18n/format";
import { useSession } from "../session/session";
import { collection } from "./collection";
import type { Field } from "./field";
import { ResourcePage } from "./resource";
import { tidied } from "./script-draft";

const OPTIONS: Field = {
  path: "options",
  label: "options",
  kind: "rows",
  fresh: () => ({ value: "", label: "", next: "" }),
  fields: [
    { path: "value", label: "answerValue", kind: "text", required: true, max: 100 },
    { path: "label", label: "label", hint: "optionLabel", kind: "text", max: 100 },
    { path: "next", label: "optionNext", hint: "optionNext", kind: "step" },
  ],
};

const QUESTIONS: Field = {
  path: "questions",
  label: "questions",
  kind: "rows",
  fresh: () => ({
    name: "",
    label: "",
    required: false,
    ask: { kind: "choice", options: [{ value: "", label: "", next: "" }], length_max: 200 },
  }),
  fields: [
    { path: "label", label: "questionLabel", kind: "text", required: true, max: 300 },
    { path: "name", label: "questionName", hint: "questionName", kind: "text", required: true, ltr: true, max: 48 },
    { path: "required", label: "answerRequired", kind: "switch" },
    {
      path: "ask",
      label: "ask",
      kind: "union",
      tag: "kind",
      variants: {
        choice: [OPTIONS],
        text: [
          { path: "length_max", label: "answerLength", kind: "number", min: 1, max: 500 },
          { path: "pattern", label: "pattern", hint: "pattern", kind: "text", ltr: true, max: 100 },
        ],
        number: [
          { path: "low", label: "low", kind: "number" },
          { path: "high", label: "high", kind: "number" },
        ],
        date: [
          { path: "from", label: "firstDay", hint: "day", kind: "text", ltr: true, max: 10 },
          { path: "to", label: "lastDay", hint: "day", kind: "text", ltr: true, max: 10 },
        ],
      },
    },
  ],
};

const FIELDS: readonly Field[] = [
  { path: "name", label: "name", kind: "text", required: true, max: 128 },
  { path: "start", label: "startPage", kind: "step" },
  {
    path: "pages",
    label: "pages",
    kind: "rows",
    fresh: () => ({ name: "", title: "", text: "", questions: [], next: "", ends: false }),
    fields: [
      { path: "name", label: "pageName", hint: "pageName", kind: "text", required: true, ltr: true, max: 48 },
      { path: "title", label: "pageTitle", kind: "text", max: 100 },
      { path: "text", label: "pageText", hint: "places", kind: "prose", max: 4000 },
      QUESTIONS,
      { path: "next", label: "nextPage", hint: "nextPage", kind: "step" },
      { path: "ends", label: "ends", kind: "switch" },
    ],
  },
];

export function Scripts() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const all = collection("/v1/scripts");
  return (
    <ResourcePage
      resource={{
        of: {
          ...all,
          create: (draft) => all.create(tidied(draft)),
          replace: (id, version, draft) => all.replace(id, version, tidied(draft)),
        },
        title: t("pages.scripts"),
        one: t("one.script"),
        empty: { title: t("empty.scripts"), text: t("empty.scriptsWhy") },
        wide: true,
        mayChange: may(user, "campaigns_write"),
        nameOf: (script) => script.name,
        fresh: () => ({
          name: "",
          start: "hello",
          pages: [
            {
              name: "hello",
              title: t("script.sample.hello"),
              text: t("script.sample.helloText"),
              questions: [
                {
                  name: "interest",
                  label: t("script.sample.interest"),
                  required: true,
                  ask: {
                    kind: "choice",
                    options: [
                      { value: t("common.yes"), label: "", next: "" },
                      { value: t("common.no"), label: "", next: "goodbye" },
                    ],
                  },
                },
              ],
              next: "details",
              ends: false,
            },
            { name: "details", title: t("script.sample.details"), text: "", questions: [], next: "goodbye", ends: false },
            { name: "goodbye", title: t("script.sample.goodbye"), text: "", questions: [], next: "", ends: true },
          ],
        }),
        columns: [
          { id: "name", name: t("fields.name"), value: ({ name }) => name },
          { id: "pages", name: t("fields.pages"), value: ({ pages }) => pages.length, end: true },
          { id: "version", name: t("workflow.versionShort"), value: ({ version }) => version, end: true },
          {
            id: "updated",
            name: t("workflow.updated"),
            value: ({ updated_at }) => moment(updated_at, i18n.language),
          },
        ],
        fields: FIELDS,
      }}
    />
  );
}
