// One's own account, behind one's name at the top: the password, the authenticator app, an agent's
// PIN to call in, and where one is signed in.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { moment } from "../i18n/format";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { notify, notifyProblem } from "../ui/notices";
import { Failed, Loading } from "../ui/states";
import { Address } from "./address";
import { CallIn } from "./call-in";
import { NewPasswordForm } from "./new-password";
import { useSession } from "./session";
import { TotpRemoval, TotpSetup } from "./totp";

export function Account({ open, onOpenChange }: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("account.title")} sheet>
      <div className="grid gap-8">
        <Part title={t("account.password")}>
          {user.sign_in === "password" ? (
            <NewPasswordForm onDone={() => notify("system", t("account.changed"))} />
          ) : (
            <p className="text-sm text-ink-soft">{t("account.elsewhere")}</p>
          )}
        </Part>
        <Part title={t("account.address")}>
          <Address />
        </Part>
        <Part title={t("account.app")}>
          <App />
        </Part>
        {user.agent && (
          <Part title={t("callIn.title")}>
            <CallIn />
          </Part>
        )}
        <Part title={t("account.sessions")}>
          <Sessions />
        </Part>
      </div>
    </Dialog>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-3 font-semibold">{title}</h3>
      {children}
    </section>
  );
}

const APP = ["totp"] as const;

function App() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [changing, change] = useState(false);
  const asked = useQuery({ queryKey: APP, queryFn: () => answer(api.GET("/v1/session/totp")) });
  if (asked.isPending) return <Loading />;
  if (asked.isError) return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  const { enrolled, recovery_codes } = asked.data;
  const done = () => {
    change(false);
    void queries.invalidateQueries({ queryKey: APP });
  };
  if (changing) return enrolled ? <TotpRemoval onDone={done} /> : <TotpSetup onDone={done} />;
  return (
    <div className="grid justify-items-start gap-3">
      <p className="text-sm text-ink-soft">
        {enrolled ? t("totp.on", { codes: recovery_codes }) : t("totp.off")}
      </p>
      <Button onClick={() => change(true)}>{enrolled ? t("totp.remove") : t("totp.begin")}</Button>
    </div>
  );
}

const SESSIONS = ["sessions"] as const;

function Sessions() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const asked = useQuery({ queryKey: SESSIONS, queryFn: () => answer(api.GET("/v1/sessions")) });
  const end = useMutation({
    mutationFn: (id: string) =>
      answer(api.DELETE("/v1/sessions/{id}", { params: { path: { id } } })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: SESSIONS }),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  if (asked.isPending) return <Loading />;
  if (asked.isError) return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  return (
    <ul className="grid gap-2">
      {asked.data.items.map((session) => (
        <li key={session.id} className="flex items-center gap-3 text-sm">
          <span className="font-mono" dir="ltr">
            {session.source}
          </span>
          <span className="flex-1 text-ink-soft">{moment(session.seen_at, i18n.language)}</span>
          {session.current ? (
            <span className="text-ink-soft">{t("account.here")}</span>
          ) : (
            <Button disabled={end.isPending} onClick={() => end.mutate(session.id)}>
              {t("account.end")}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
