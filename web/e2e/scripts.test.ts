// A script that branches is made in the console, walked in a call by keyboard, and asked for by a
// disposition; its answers outlive a reload of the page and stand in the call's record.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { doubtsOf, faultsOf, Stage, visit } from "./stage";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set("--talk", "10m");
});
afterAll(() => stage.strike());

const yesNo = {
  kind: "choice",
  options: [{ value: "Yes" }, { value: "No", next: "goodbye" }],
};

const OFFER = {
  name: "Spring offer",
  start: "hello",
  pages: [
    {
      name: "hello",
      title: "Greeting",
      text: "Hello {first_name}, this is {agent_name}.",
      questions: [{ name: "interest", label: "Is it of interest?", required: true, ask: yesNo }],
      next: "order",
    },
    {
      name: "order",
      title: "Order",
      questions: [
        {
          name: "seats",
          label: "How many seats?",
          required: true,
          ask: { kind: "number", low: 1, high: 50 },
        },
      ],
      next: "goodbye",
    },
    { name: "goodbye", title: "Goodbye", text: "Thank you, {first_name}.", ends: true },
  ],
};

/** Asks the API as the page would; whatever there is, is replaced. */
async function ask(page: Page, method: string, path: string, body?: unknown): Promise<unknown> {
  return page.evaluate(
    async ([how, where, what]) => {
      const session = (await (await fetch("/v1/session")).json()) as { csrf_token: string };
      const answer = await fetch(where as string, {
        method: how as string,
        headers: {
          "content-type": "application/json",
          "x-csrf-token": session.csrf_token,
          "if-match": "*",
        },
        ...(what ? { body: JSON.stringify(what) } : {}),
      });
      if (!answer.ok) throw new Error(`${where}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [method, path, body ?? null] as const,
  );
}

describe("a script", () => {
  it("is refused in the form with its page's name, and made", async () => {
    const page = await stage.enter("supervisor");
    await visit(page, "/admin/scripts");
    await page.keyboard.press("c");
    const name = page.getByLabel("Name *", { exact: true });
    await name.fill("First try");
    await page.getByLabel("Next page").first().selectOption("");
    await name.press("Enter");
    await page.getByText(/page "hello" is a dead end/).first().waitFor();
    expect(await faultsOf(page, "admin-script-form-light")).toEqual([]);
    await page.getByLabel("Next page").first().selectOption("details");
    await name.press("Enter");
    await page.getByRole("button", { name: "Open First try" }).waitFor();
    await page.context().close();
  });

  it("is walked in a call by keyboard, and outlives a reload", async () => {
    const admin = await stage.enter("supervisor");
    const { id } = (await ask(admin, "POST", "/v1/scripts", OFFER)) as { id: string };
    const all = (await ask(admin, "GET", "/v1/campaigns")) as { items: Record<string, unknown>[] };
    const { id: campaign, version: _, created_at: __, updated_at: ___, ...draft } = all.items[0] ?? {};
    const dispositions = draft.dispositions as Record<string, unknown>[];
    const [first, ...others] = dispositions;
    const { version: _v, created_at: _c, updated_at: _u, ...organisation } = (await ask(
      admin,
      "GET",
      "/v1/organisation",
    )) as Record<string, unknown>;
    // A host of nobody's: what is looked at is the frame, and what the page may put in it.
    await ask(admin, "PUT", "/v1/organisation", { ...organisation, crm_hosts: ["crm.invalid"] });
    const asking = {
      ...draft,
      script: id,
      crm: "https://crm.invalid/search?phone={number}",
      dispositions: [{ ...first, form_required: true }, ...others],
    };
    await ask(admin, "PUT", `/v1/campaigns/${String(campaign)}`, asking);

    const page = await stage.enter("agent");
    page.on("dialog", (asked) => void asked.accept());
    await page.getByRole("button", { name: "Use this page as telephone" }).click();
    await page.getByText("This page is your telephone").waitFor();
    await page.getByRole("button", { name: /^Clock in/ }).click();
    await page.getByText("Your line is open in this page").waitFor();
    await page.getByRole("button", { name: /^Ready/ }).click();
    const script = page.getByRole("region", { name: "Script of the call" });
    await script.getByText(/^Hello /).waitFor();
    const frame = page.locator("iframe");
    expect(await frame.getAttribute("src")).toMatch(/^https:\/\/crm\.invalid\/search\?phone=%2B\d+$/);
    expect(await frame.getAttribute("sandbox")).not.toContain("allow-top-navigation");
    await page.getByRole("link", { name: "Open in a new tab" }).waitFor();
    expect(await faultsOf(page, "desk-script-light")).toEqual([]);
    // Axe cannot look into a page of somebody else's, which is as it should be.
    const doubts = (await doubtsOf(page)).filter((doubt) => !doubt.startsWith("frame-tested"));
    expect(doubts).toEqual([]);

    // The page is left by its key, once what it asks is answered; the choice leads on.
    await page.keyboard.press("k");
    await script.getByText("This has to be answered first.").waitFor();
    await page.keyboard.press("Space");
    await page.keyboard.press("k");
    await script.getByRole("heading", { name: "Order" }).waitFor();
    const seats = script.getByLabel("How many seats? *");
    await seats.fill("51");
    await seats.press("Tab");
    await script.getByText(/^Expected: a number/).waitFor();
    await seats.fill("3");
    await seats.press("Tab");
    await expect.poll(() => seats.getAttribute("aria-invalid")).toBe(null);

    await page.reload();
    await page.getByText("Your line is open in this page").waitFor();
    await script.getByRole("heading", { name: "Order" }).waitFor();
    await expect.poll(() => script.getByLabel("How many seats? *").inputValue()).toBe("3");
    await script.getByText("To its end").waitFor();
    await page.getByRole("button", { name: /^Hang up/ }).click();
    const state = page.getByLabel("My state").getByRole("status");
    await state.filter({ hasText: "Wrap-up" }).waitFor();
    await script.getByRole("heading", { name: "Order" }).focus();
    await page.keyboard.press("k");
    await script.getByText(/^Thank you/).waitFor();
    expect(await faultsOf(page, "desk-script-wrap-up-light")).toEqual([]);
    await page.keyboard.press("1");
    await state.filter({ hasText: "Ready" }).waitFor();

    // What was answered is part of the call's record, which comes a moment after the call.
    const mine = async () => {
      const calls = (await ask(page, "GET", "/v1/me/calls?direction=outbound")) as {
        items: { id: string; disposition?: string | null }[];
      };
      return calls.items.find(({ disposition }) => disposition)?.id;
    };
    await expect.poll(mine, { timeout: 30_000 }).toBeTruthy();
    const call = await mine();
    await page.context().close();
    const kept = (await ask(admin, "GET", `/v1/calls/${call}`)) as {
      script: { complete: boolean; answers: { answer: string }[] };
    };
    expect(kept.script.complete).toBe(true);
    expect(kept.script.answers.map(({ answer }) => answer)).toEqual(["Yes", "3"]);
    await admin.context().close();
  });

  it.each(["light", "dark"] as const)("its form has no fault in %s", async (theme) => {
    const page = await stage.enter("supervisor", { theme });
    await visit(page, "/admin/scripts");
    await page.getByRole("button", { name: "Open Spring offer" }).press("Enter");
    await page.getByLabel("Name *", { exact: true }).waitFor();
    expect(await faultsOf(page, `admin-script-${theme}`)).toEqual([]);
    await page.context().close();
  });
});
