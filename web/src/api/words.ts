// The API's types under the names that the field uses; all of them come from openapi.json.
import type { components } from "../../generated/schema";

type Schemas = components["schemas"];

export type AgentState = Schemas["AgentState"];
export type AgentAction = Schemas["AgentAction"];
export type AgentView = Schemas["AgentView"];
export type LinePlan = Schemas["LinePlan"];
export type CallAction = Schemas["CallAction"];
export type CallVerb = Schemas["CallVerb"];
export type CallView = Schemas["CallView"];
export type Destination = Schemas["Destination"];
export type Colleague = Schemas["Colleague"];
export type Department = Schemas["Department"];
export type Group = Schemas["Group"];
export type Voicemail = Schemas["Voicemail"];
export type SupervisionAct = Schemas["Act"];
export type CampaignView = Schemas["CampaignView"];
export type QueueView = Schemas["QueueView"];
export type TrunkView = Schemas["TrunkView"];
export type Totals = Schemas["Totals"];
export type LiveEvent = Schemas["LiveEvent"];
export type Numbered = Schemas["Numbered"];
export type LiveNow = Schemas["LiveNow"];
export type Permission = Schemas["Permission"];
export type Who = Schemas["Who"];
export type Me = Schemas["Me"];
export type Call = Schemas["Call"];
export type Disposition = Schemas["Disposition"];
export type PauseClass = Schemas["PauseClass"];
export type Grants = Who["grants"];
export type AuditEntry = Schemas["AuditEntryShown"];
export type Reason = Schemas["ShownReason"];
export type ImportReport = Schemas["ImportReport"];
