// Who is signed in. Everything else of the app stands inside of it, so that no page draws without.
//
//   asking ──401──▶ sign-in ──right──▶ [new password] ──▶ [authenticator app] ──▶ the app, with its
//                      ▲                                                          event stream ─┐
//                      └──────────────────── signed out, here or elsewhere ─────────────────────┘
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, keepCsrf, onSignedOut } from "../api/client";
import { Refused } from "../api/problem";
import type { Who } from "../api/words";
import { LiveContext, useNewLive } from "../live/hooks";
import { resume } from "../phone/phone";
import { notify } from "../ui/notices";
import { Failed, Loading } from "../ui/states";
import { NewPassword } from "./new-password";
import { SignIn } from "./sign-in";
import { Threshold } from "./threshold";
import { TotpSetup } from "./totp";
import { SESSION } from "./words";

export type Session = { user: Who; signOut: () => void };

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("nobody is signed in here");
  return session;
}

/** The user, null where nobody is signed in. */
async function whoAmI(): Promise<Who | null> {
  try {
    const { user, csrf_token } = await answer(api.GET("/v1/session"));
    keepCsrf(csrf_token);
    return user;
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 401) return null;
    throw error;
  }
}

export function SessionGate({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const asked = useQuery({ queryKey: SESSION, queryFn: whoAmI, staleTime: Infinity });

  useEffect(
    () =>
      onSignedOut(() => {
        queries.clear();
        queries.setQueryData(SESSION, null);
      }),
    [queries],
  );

  if (asked.isPending) return <Loading />;
  if (asked.isError) return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  if (!asked.data) return <SignIn />;
  if (asked.data.must_change_password) return <NewPassword user={asked.data} />;
  if (asked.data.must_set_up_totp) return <RequiredTotp onDone={() => void asked.refetch()} />;
  return (
    <SignedIn key={asked.data.id} user={asked.data}>
      {children}
    </SignedIn>
  );
}

/** R136: an administrator wants a code at each login. */
function RequiredTotp({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <Threshold title={t("totp.title")} about={t("totp.required")}>
      <TotpSetup onDone={onDone} />
    </Threshold>
  );
}

function SignedIn({ user, children }: { user: Who; children: ReactNode }) {
  const queries = useQueryClient();
  const live = useNewLive();
  useEffect(() => {
    const { store, stream } = live;
    const stopReading = store.read((from, text) => notify("campaign", `${from}: ${text}`));
    stream.start();
    const stopListening = stream.subscribe(() => {
      if (stream.link.state === "signed_out") void queries.resetQueries({ queryKey: SESSION });
    });
    return () => {
      stopReading();
      stopListening();
      stream.stop();
    };
  }, [live, queries]);

  const isAgent = !!user.agent;
  useEffect(() => (isAgent ? resume() : undefined), [isAgent]);

  const session = useMemo(
    () => ({
      user,
      signOut: () => {
        const gone = () => {
          keepCsrf(undefined);
          queries.clear();
          queries.setQueryData(SESSION, null);
        };
        void answer(api.POST("/v1/logout")).then(gone, gone);
      },
    }),
    [user, queries],
  );
  return (
    <SessionContext value={session}>
      <LiveContext value={live}>{children}</LiveContext>
    </SessionContext>
  );
}
