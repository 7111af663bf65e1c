// A lead is corrected in the console: a wrong zone is refused at its field, consent is recorded and
// revoked, and whoever was faster is not overwritten.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { faultsOf, Stage, visit } from "./stage";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.strike());

type Lead = {
  id: string;
  number: string;
  version: number;
  zone: string | null;
  fields: Record<string, string>;
  consent: { kind: string; given_at: string; until: string | null; source: string } | null;
};

/** What people say of a lead; the rest is the dialer's. */
const SAID = "number other_numbers external_id first_name last_name zone region consent fields priority".split(" ");

async function ask<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  const told = await page.evaluate(
    async ([how, where, what]) => {
      const session = (await (await fetch("/v1/session")).json()) as { csrf_token: string };
      const headers = {
        "content-type": "application/json",
        "x-csrf-token": session.csrf_token,
        "if-match": "*",
      };
      const sent = what ? { body: JSON.stringify(what) } : {};
      const answer = await fetch(where as string, { method: how as string, headers, ...sent });
      if (!answer.ok) throw new Error(`${where}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as unknown;
    },
    [method, path, body ?? null] as const,
  );
  return told as T;
}

/** Opens the form of a lead by keyboard. */
async function correct(page: Page, lead: Lead): Promise<void> {
  await page.getByRole("searchbox").fill(lead.number);
  const row = page.getByRole("button", { name: `Open ${lead.number}` });
  await row.waitFor();
  await row.press("Enter");
  await page.getByRole("button", { name: "Edit" }).press("Enter");
  await page.getByLabel("Number *", { exact: true }).first().waitFor();
}

describe("a lead", () => {
  it("is corrected, and its consent recorded and revoked", async () => {
    const page = await stage.enter("supervisor");
    const { items } = await ask<{ items: Lead[] }>(page, "GET", "/v1/leads?status=new&limit=1000");
    // One that is not dialled while the test looks at it.
    const lead = items.at(-1) as Lead;
    const read = () => ask<Lead>(page, "GET", `/v1/leads/${lead.id}`);
    await visit(page, "/admin/leads");
    await correct(page, lead);
    const zone = page.getByLabel("Time zone", { exact: true });
    await zone.fill("Mars/Olympus");
    await zone.press("Enter");
    await page.getByText(/must be an IANA time zone/).waitFor();
    await zone.fill("Europe/London");
    await page.getByLabel("They agreed to be called").press("Space");
    await page.getByLabel("How", { exact: true }).selectOption("written");
    await page.getByLabel("Given *", { exact: true }).fill("2026-01-02T09:30");
    await page.getByLabel("Where the proof is").fill("form 17");
    await page.getByRole("button", { name: "Add: Further columns" }).press("Enter");
    await page.getByLabel("Column *", { exact: true }).last().fill("remark");
    await page.getByLabel("Value", { exact: true }).last().fill("asked for mornings");
    expect(await faultsOf(page, "admin-lead-form-light")).toEqual([]);
    await zone.press("Enter");
    await zone.waitFor({ state: "detached" });
    const corrected = await read();
    const at = await page.evaluate(() => new Date("2026-01-02T09:30").toISOString());
    expect(corrected).toMatchObject({
      number: lead.number,
      zone: "Europe/London",
      fields: { ...lead.fields, remark: "asked for mornings" },
      consent: { kind: "written", until: null, source: "form 17" },
    });
    expect(Date.parse(corrected.consent?.given_at ?? "")).toBe(Date.parse(at));

    await correct(page, lead);
    await page.getByLabel("They agreed to be called").press("Space");
    await zone.press("Enter");
    await zone.waitFor({ state: "detached" });
    expect((await read()).consent).toBeNull();
    await page.context().close();
  });

  it("that somebody changed meanwhile is not overwritten", async () => {
    const page = await stage.enter("supervisor");
    const { items } = await ask<{ items: Lead[] }>(page, "GET", "/v1/leads?status=new&limit=1000");
    const lead = items.at(-1) as Lead;
    await visit(page, "/admin/leads");
    await correct(page, lead);
    const now = await ask<Record<string, unknown>>(page, "GET", `/v1/leads/${lead.id}`);
    const body = Object.fromEntries(SAID.map((name) => [name, now[name]]));
    await ask(page, "PUT", `/v1/leads/${lead.id}`, { ...body, priority: 7 });
    await page.getByLabel("Time zone", { exact: true }).press("Enter");
    await page.getByText("Somebody changed it meanwhile.").waitFor();
    const after = await ask<Record<string, unknown>>(page, "GET", `/v1/leads/${lead.id}`);
    expect(after.priority).toBe(7);
    await page.context().close();
  });
});
