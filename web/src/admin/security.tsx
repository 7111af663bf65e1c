// What the organisation asks of passwords, logins and sessions, and who proves users elsewhere.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { notify } from "../ui/notices";
import { Failed, Loading } from "../ui/states";
import { draftOf, type Field } from "./field";
import { Form } from "./form";
import { IdentityProvider } from "./identity-provider";

const FIELDS: readonly Field[] = [
  { path: "password_length_min", label: "password_length_min", kind: "number", min: 8, max: 64 },
  {
    path: "password_classes_min",
    label: "password_classes_min",
    hint: "passwordClasses",
    kind: "number",
    min: 1,
    max: 4,
  },
  { path: "password_history", label: "password_history", kind: "number", min: 1, max: 24 },
  {
    path: "wrong_passwords_max",
    label: "wrong_passwords_max",
    hint: "wrongPasswords",
    kind: "number",
    min: 3,
    max: 100,
  },
  {
    path: "inactivity_days_max",
    label: "inactivity_days_max",
    hint: "inactivity",
    kind: "number",
    min: 1,
    max: 3650,
  },
  { path: "session_idle_minutes", label: "session_idle_minutes", kind: "number", min: 5, max: 1440 },
  { path: "session_hours_max", label: "session_hours_max", kind: "number", min: 1, max: 168 },
  { path: "invitation_hours", label: "invitation_hours", kind: "number", min: 1, max: 720 },
  { path: "reset_minutes", label: "reset_minutes", kind: "number", min: 5, max: 1440 },
];

const POLICY = ["security-policy"] as const;

export function Security() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const found = useQuery({
    queryKey: POLICY,
    queryFn: () => answer(api.GET("/v1/security-policy")),
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const version = `"${found.data.version}"`;
  return (
    <div className="mx-auto max-w-2xl p-4 lg:p-6">
      <h1 className="mb-4 text-xl font-semibold tracking-tight">{t("pages.security")}</h1>
      <div className="panel overflow-hidden px-5 py-4">
        <Form
          key={version}
          fields={FIELDS}
          start={draftOf(found.data)}
          save={(body) =>
            answer(
              api.PUT("/v1/security-policy", { params: { header: { "If-Match": version } }, body }),
            )
          }
          onDone={() => {
            notify("system", t("form.saved"));
            void queries.invalidateQueries({ queryKey: POLICY });
          }}
        />
      </div>
      <IdentityProvider />
    </div>
  );
}
