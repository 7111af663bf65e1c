// An agent and a call as the server might tell of them; for tests.
import type { AgentView, CallView } from "../api/words";

export const AT = "2026-11-22T09:00:00Z";

export function sampleAgent(members: Partial<AgentView> = {}): AgentView {
  return {
    id: "rita",
    number: 1,
    name: "Rita",
    state: "ready",
    since: AT,
    line: { mode: "call_me", persistent: true, phone: null },
    line_up: true,
    registered: true,
    watched: false,
    inactive: [],
    attendance: "available",
    allowed: [],
    ...members,
  };
}

export function sampleCall(members: Partial<CallView> = {}): CallView {
  return {
    id: "call",
    called: "+12025550123",
    direction: "outbound",
    state: "talking",
    since: AT,
    started_at: AT,
    allowed: [],
    legs: [],
    ...members,
  };
}
