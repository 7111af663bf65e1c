// The pages of the console by name; they are fetched together when the first of them is opened.
import type { ComponentType } from "react";

import type { PageName } from "../app/pages";
import { Attendance, SupervisionLog } from "./attendance";
import { Audit } from "./audit";
import { Campaigns } from "./campaigns";
import { Dnc } from "./dnc";
import { Attempts, Calls } from "./history";
import { Leads } from "./leads";
import { DncRegisters, LegalProfiles } from "./law";
import { KeptPlaces } from "./kept-places";
import { Lists } from "./lists";
import { Organisation } from "./organisation";
import { Callbacks, ReturnedCalls } from "./promises";
import { Recordings } from "./recordings";
import { Reports } from "./reports";
import { Scripts } from "./scripts";
import { Agents, PauseReasons, Users } from "./people";
import { Persons } from "./persons";
import { LegalHolds, RetentionRules } from "./retention";
import { Security } from "./security";
import { Start } from "./start";
import { Teams } from "./teams";
import { Phonebook } from "./phonebook";
import { Prompts } from "./prompts";
import { Clis, Dids, Queues, Trunks } from "./telephony";
import { Tokens } from "./tokens";
import { Verdicts } from "./verdicts";
import { Voicemails } from "./voicemails";
import { WebhookDeliveries, Webhooks } from "./webhooks";

export type AdminPage = Exclude<PageName, "desk" | "board" | "workflows">;

const BY_NAME: Record<AdminPage, ComponentType> = {
  start: Start,
  agents: Agents,
  campaigns: Campaigns,
  queues: Queues,
  scripts: Scripts,
  lists: Lists,
  leads: Leads,
  dnc: Dnc,
  dncRegisters: DncRegisters,
  legalProfiles: LegalProfiles,
  retention: RetentionRules,
  legalHolds: LegalHolds,
  persons: Persons,
  callbacks: Callbacks,
  returnedCalls: ReturnedCalls,
  keptPlaces: KeptPlaces,
  recordings: Recordings,
  reports: Reports,
  voicemails: Voicemails,
  verdicts: Verdicts,
  attendance: Attendance,
  supervision: SupervisionLog,
  teams: Teams,
  calls: Calls,
  attempts: Attempts,
  trunks: Trunks,
  clis: Clis,
  dids: Dids,
  pauseReasons: PauseReasons,
  phonebook: Phonebook,
  prompts: Prompts,
  users: Users,
  organisation: Organisation,
  security: Security,
  tokens: Tokens,
  webhooks: Webhooks,
  webhookDeliveries: WebhookDeliveries,
  audit: Audit,
};

export function adminPage(name: AdminPage): ComponentType {
  return BY_NAME[name];
}
