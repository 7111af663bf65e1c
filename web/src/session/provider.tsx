// Signing in at the organisation's identity provider, and coming back from it.
//
//   button ──▶ the provider's page ──code, state──▶ /sign-in/return ──right──▶ in
//                     │                                  └──right, with an app──▶ its code ──▶ in
//                     └──refused, given up──▶ told so, and back to the sign-in page
import { useMutation, useQuery } from "@tanstack/react-query";
import { Building2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { type Problem, problemOf, Refused } from "../api/problem";
import { Button } from "../ui/button";
import { Loading } from "../ui/states";
import { CodeStep, Refusal } from "./code-step";
import { Threshold } from "./threshold";

/** Where the provider sends the browser back to. */
export const RETURN = "/sign-in/return";

/** Nothing, where nobody signs in so. */
export function ProviderButton() {
  return (
    <Departure again={false} className="mt-4 grid gap-4 border-t border-line pt-4" />
  );
}

/** Where the sign-in is too old for what was asked: whoever is there signs in at the provider anew. */
export function SignInAgain({ problem }: { problem: Problem | undefined }) {
  const { t } = useTranslation();
  if (!problem || !isTooOld(problem)) return null;
  return (
    <div role="alert" className="grid gap-4">
      <p className="text-sm text-ink-soft">{t("signIn.again")}</p>
      <Departure again className="grid gap-4" />
    </div>
  );
}

/** The sign-in is too old to stand for a password. */
export function isTooOld({ type }: Problem): boolean {
  return type.endsWith(":sign-in-again");
}

function Departure({ again, className }: { again: boolean; className: string }) {
  const { t } = useTranslation();
  const offered = useQuery({
    queryKey: ["sign-in-methods"],
    queryFn: () => answer(api.GET("/v1/sign-in-methods")),
    staleTime: Infinity,
  });
  const begin = useMutation({
    mutationFn: () => answer(api.POST("/v1/provider-logins", { body: { again } })),
    onSuccess: ({ url }) => location.assign(url),
  });
  const name = offered.data?.provider;
  if (!name) return null;
  return (
    <div className={className}>
      <Refusal problem={begin.isError ? problemOf(begin.error) : undefined} />
      <Button
        large
        disabled={begin.isPending || begin.isSuccess}
        onClick={() => begin.mutate()}
        icon={<Building2 size={18} aria-hidden />}
      >
        {t("signIn.at", { name })}
      </Button>
    </div>
  );
}

/** What the address says, read once: it is of no use to whoever reads the history later. */
function takeAnswer() {
  const said = new URLSearchParams(location.search);
  history.replaceState(history.state, "", location.pathname);
  return {
    state: said.get("state"),
    code: said.get("code"),
    iss: said.get("iss"),
    refused: said.get("error"),
  };
}

export function ProviderReturn() {
  const { t } = useTranslation();
  const [came] = useState(takeAnswer);
  const [code, giveCode] = useState<string>();
  const finish = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/v1/provider-logins/finish", {
          body: {
            state: came.state ?? "",
            code: code === undefined ? came.code : null,
            iss: came.iss,
            totp: code ?? null,
            proof: "cookie",
          },
        }),
      ),
    onError: (error) => {
      if (error instanceof Refused && error.kind === "code-needed") giveCode("");
    },
    // The app begins anew, with the session that is there now.
    onSuccess: () => location.replace("/"),
  });
  const isWhole = !!came.state && !!came.code && !came.refused;
  const begun = useRef(false);
  const { mutate } = finish;
  useEffect(() => {
    if (!isWhole || begun.current) return;
    begun.current = true;
    mutate();
  }, [isWhole, mutate]);
  const back = () => location.replace("/");
  const problem = finish.isError ? problemOf(finish.error) : undefined;
  if (code !== undefined) {
    return (
      <CodeStep
        code={code}
        onGive={giveCode}
        problem={problem}
        busy={finish.isPending}
        submit={() => mutate()}
        onBack={back}
      />
    );
  }
  if (isWhole && !finish.isError) return <Loading />;
  return (
    <Threshold title={t("signIn.failedTitle")} about={t("signIn.failed")}>
      <div className="grid gap-4">
        <Refusal problem={problem} />
        <Button large onClick={back} autoFocus>
          {t("forgotten.back")}
        </Button>
      </div>
    </Threshold>
  );
}
