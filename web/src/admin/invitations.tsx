// People who are asked to come: a letter with a link, or the link itself for whoever brings it by hand.
// A link is shown once; a new one can be made at any time, and the one before is dead.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy, Link2, Mail, MailPlus, MailX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { Refused } from "../api/problem";
import type { Invited, InvitationBy, Invitee } from "../api/words";
import { moment } from "../i18n/format";
import { letterLanguage } from "../i18n/languages";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { notify, notifyProblem } from "../ui/notices";
import type { Field } from "./field";
import { FormSheet } from "./form";

const BY: Field = { path: "by", label: "invitation_by", kind: "select", options: ["mail", "hand"] };

/** Invites somebody who is not there yet, with the fields of a user. */
export function InviteUser({ fields }: { fields: readonly Field[] }) {
  const { t, i18n } = useTranslation();
  const [open, show] = useState(false);
  const told = useTold();
  const queries = useQueryClient();
  const done = () => {
    show(false);
    void queries.invalidateQueries({ queryKey: ["/v1/users"] });
  };
  const body = (given: Record<string, unknown>) =>
    ({ ...given, language: letterLanguage(i18n.language) }) as unknown as Invitee;
  return (
    <>
      <Button icon={<MailPlus size={17} aria-hidden />} onClick={() => show(true)}>
        {t("invitation.invite")}
      </Button>
      {open && (
        <FormSheet
          title={t("invitation.title")}
          fields={[...fields, BY]}
          start={{
            username: "",
            email: null,
            role: "agent",
            agent: null,
            teams: [],
            campaigns: [],
            totp_required: false,
            by: "mail",
          }}
          save={async (given) =>
            told.tell(await answer(api.POST("/v1/invitations", { body: body(given) })))
          }
          onDone={done}
          onCancel={() => show(false)}
        />
      )}
      {told.dialog}
    </>
  );
}

/** What can be done for a user who was asked to come and has not. */
export function UserInvitation({ id }: { id: string }) {
  const { i18n } = useTranslation();
  const params = { path: { id } };
  const asked = useQuery({
    queryKey: ["/v1/users", id, "invitation"],
    queryFn: async () => {
      try {
        return await answer(api.GET("/v1/users/{id}/invitation", { params }));
      } catch (error) {
        if (error instanceof Refused && error.problem.status === 404) return null;
        throw error;
      }
    },
  });
  const language = letterLanguage(i18n.language);
  return (
    <Acts
      until={asked.data?.expires_at}
      address={asked.data?.address}
      send={(by) =>
        answer(api.POST("/v1/users/{id}/invitation", { params, body: { by, language } }))
      }
      withdraw={() => answer(api.DELETE("/v1/users/{id}/invitation", { params }))}
    />
  );
}

/** R36: an agent is invited from the profile. */
export function AgentInvitation({ id, username }: { id: string; username?: string | null }) {
  const { t, i18n } = useTranslation();
  const { user: self } = useSession();
  const params = { path: { id } };
  const asked = useQuery({
    queryKey: ["/v1/agents", id, "invitation"],
    queryFn: () => answer(api.GET("/v1/agents/{id}/invitation", { params })),
  });
  const language = letterLanguage(i18n.language);
  if (!asked.data) return null;
  const { invited, invitation, username: user } = asked.data;
  if (user && !invited) {
    return <p className="w-full text-sm text-ink-soft">{t("invitation.come", { user })}</p>;
  }
  if (!user && !username) {
    return <p className="w-full text-sm text-ink-soft">{t("invitation.needsName")}</p>;
  }
  return (
    <Acts
      until={invitation?.expires_at}
      address={invitation?.address}
      fresh={!user}
      byMailAlone={!self.grants.users}
      send={(by) =>
        answer(api.POST("/v1/agents/{id}/invitation", { params, body: { by, language } }))
      }
      withdraw={() => answer(api.DELETE("/v1/agents/{id}/invitation", { params }))}
    />
  );
}

function Acts(props: {
  until: string | undefined;
  address: string | undefined;
  /** Nobody was asked yet. */
  fresh?: boolean;
  /** Whoever holds a link becomes its user: it is for those who may change users. */
  byMailAlone?: boolean;
  send: (by: InvitationBy) => Promise<Invited>;
  withdraw: () => Promise<unknown>;
}) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const told = useTold();
  const [now] = useState(() => Date.now());
  const { until, address = "", fresh = false } = props;
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["/v1/users"] });
    void queries.invalidateQueries({ queryKey: ["/v1/agents"] });
  };
  const failed = (error: unknown) => notifyProblem(error, t("desk.refused"));
  const send = useMutation({
    mutationFn: props.send,
    onSuccess: (made) => {
      told.tell(made);
      done();
    },
    onError: failed,
  });
  const withdraw = useMutation({
    mutationFn: props.withdraw,
    onSuccess: () => {
      notify("system", t("invitation.withdrawn"));
      done();
    },
    onError: failed,
  });
  const state = () => {
    if (!until) return t("invitation.none");
    const at = moment(until, i18n.language);
    return Date.parse(until) <= now ? t("invitation.over", { at }) : t("invitation.open", { address, at });
  };
  const busy = send.isPending || withdraw.isPending;
  return (
    <>
      {!fresh && <p className="w-full text-sm text-ink-soft">{state()}</p>}
      <Button
        disabled={busy}
        icon={<Mail size={16} aria-hidden />}
        onClick={() => send.mutate("mail")}
      >
        {fresh ? t("invitation.invite") : t("invitation.again")}
      </Button>
      {!props.byMailAlone && (
        <Button
          disabled={busy}
          icon={<Link2 size={16} aria-hidden />}
          onClick={() => send.mutate("hand")}
        >
          {t("invitation.byHand")}
        </Button>
      )}
      {until && (
        <Button
          disabled={busy}
          icon={<MailX size={16} aria-hidden />}
          onClick={() => withdraw.mutate()}
        >
          {t("invitation.withdraw")}
        </Button>
      )}
      {told.dialog}
    </>
  );
}

/** Says where the letter went, or shows the link that nobody mails. */
function useTold() {
  const { t } = useTranslation();
  const [link, show] = useState<string>();
  const tell = (made: Invited) => {
    if (made.link) show(new URL(made.link, location.origin).href);
    else if (made.mailed) {
      notify("system", t("invitation.mailed", { address: made.invitation.address }));
    } else notify("error", t("invitation.unsent", { why: made.unsent ?? "" }));
  };
  const copy = async (text: string) => {
    try {
      // There is none where the page did not come by https.
      await navigator.clipboard.writeText(text);
      notify("system", t("common.copied"));
    } catch {
      notify("error", t("invitation.noCopy"));
    }
  };
  const dialog = link && (
    <Dialog
      open
      onOpenChange={() => show(undefined)}
      title={t("invitation.link")}
      about={t("invitation.once")}
    >
      <p className="mb-4 font-mono text-sm break-all select-all" dir="ltr">
        {link}
      </p>
      <Button icon={<Copy size={16} aria-hidden />} onClick={() => void copy(link)} autoFocus>
        {t("common.copy")}
      </Button>
    </Dialog>
  );
  return { tell, dialog };
}
