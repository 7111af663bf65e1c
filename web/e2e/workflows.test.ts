// A workflow is built, rehearsed and kept by keyboard alone; the drawing and the list say the same.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { doubtsOf, faultsOf, Stage, visit } from "./stage";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.strike());

/** Goes on with Tab until what is wanted has the focus: a person without a mouse has no other way. */
async function tabTo(page: Page, role: "button" | "combobox" | "textbox" | "tab", name: RegExp) {
  const wanted = page.getByRole(role, { name }).first();
  await wanted.waitFor();
  for (let tries = 0; tries < 200; tries += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return wanted;
    await page.keyboard.press("Tab");
  }
  throw new Error(`no way by Tab to ${role} ${name}`);
}

describe("the editor of workflows", () => {
  it("is built, refused at its step, rehearsed and saved by keyboard alone", async () => {
    const page = await stage.enter("supervisor");
    await visit(page, "/admin/workflows");
    expect(await faultsOf(page, "workflows-empty-light")).toEqual([]);
    await tabTo(page, "button", /^Menu by keys/);
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Name", exact: true }).waitFor();

    // One step more, which nothing leads to: the server says so at its step.
    const add = await tabTo(page, "combobox", /^Add a step/);
    await add.selectOption("hang_up");
    const name = page.getByLabel("Name of the step");
    await expect.poll(() => name.inputValue()).toBe("hang-up");
    await page.keyboard.press("Control+s");
    await page.getByText("nothing leads here").first().waitFor();
    expect(await faultsOf(page, "workflow-faults-light")).toEqual([]);

    // It gets a name of its own, and the menu leads to it.
    await (await tabTo(page, "textbox", /^Name of the step/)).fill("goodbye");
    await page.keyboard.press("Enter");
    await page.locator('[data-step="goodbye"]').focus();
    await page.keyboard.press("Alt+ArrowUp");
    await expect.poll(() => page.locator("[data-step]").first().getAttribute("data-step")).toBe("goodbye");
    await page.waitForTimeout(100);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => name.inputValue()).toBe("menu");
    await page.getByLabel("When nothing fits").selectOption("goodbye");
    expect(new URL(page.url()).pathname).toBe("/admin/workflows/new/menu");

    // What a caller would meet who presses 9, and one who says nothing.
    await tabTo(page, "tab", /^Steps/);
    await page.keyboard.press("ArrowRight");
    await page.getByLabel("Keys pressed").fill("9");
    await page.keyboard.press("Enter");
    await page.getByText(/Leaves a message for/).waitFor();
    expect(await faultsOf(page, "workflow-simulated-light")).toEqual([]);
    await page.getByLabel("Keys pressed").fill("");
    await page.keyboard.press("Enter");
    await page.getByText("The call ends.").waitFor();

    await page.keyboard.press("Control+s");
    await page.getByText("Version 1", { exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/admin\/workflows\/[0-9a-f-]{36}/);
    await page.context().close();
  });

  it("keeps its versions, its address of a step, and what was typed", async () => {
    const page = await stage.enter("supervisor");
    await visit(page, "/admin/workflows");
    await page.getByRole("button", { name: /^Open Menu by keys/ }).press("Enter");
    await page.locator('[data-step="menu"]').waitFor();
    const own = new URL(page.url()).pathname;
    await visit(page, `${own}/message`);
    const name = page.getByLabel("Name of the step");
    await expect.poll(() => name.inputValue()).toBe("message");
    await name.fill("voicemail");
    await name.press("Enter");
    await page.getByText("Changed, not saved").waitFor();

    // Whoever leaves is asked, and stays.
    await page.getByRole("button", { name: "All workflows" }).press("Enter");
    await page.getByRole("dialog", { name: "Leave without saving?" }).waitFor();
    await page.getByRole("button", { name: "Stay here" }).press("Enter");
    await page.keyboard.press("Control+s");
    await page.getByText("Version 2", { exact: true }).waitFor();
    await page.getByRole("tab", { name: "Versions" }).press("Enter");
    await page.getByText("voicemail is new").first().waitFor();
    await page.getByRole("button", { name: "Calls of version 2" }).press("Enter");
    await page.getByText("It has led no call.").waitFor();
    expect(await faultsOf(page, "workflow-versions-light")).toEqual([]);
    await page.getByRole("button", { name: "Put version 1 back" }).press("Enter");
    await page.getByText("Changed, not saved").waitFor();
    await page.keyboard.press("Control+s");
    await page.getByText("Version 3", { exact: true }).waitFor();
    await page.context().close();
  });

  it("asks whose change is to stay where somebody saved meanwhile", async () => {
    const [mine, theirs] = [await stage.enter("supervisor"), await stage.enter("supervisor")];
    for (const page of [mine, theirs]) {
      await visit(page, "/admin/workflows");
      await page.getByRole("button", { name: /^Open Menu by keys/ }).press("Enter");
      await page.locator('[data-step="menu"]').waitFor();
    }
    for (const [page, typed] of [[theirs, "Theirs"], [mine, "Mine"]] as const) {
      await page.getByRole("textbox", { name: "Name", exact: true }).fill(typed);
      await page.keyboard.press("Control+s");
      if (page === theirs) await page.getByText("Version 4", { exact: true }).waitFor();
    }
    await mine.getByRole("dialog", { name: /Somebody saved version 4/ }).waitFor();
    expect(await faultsOf(mine, "workflow-stale-light")).toEqual([]);
    await mine.getByRole("button", { name: "Save mine over it" }).press("Enter");
    await mine.getByText("Version 5", { exact: true }).waitFor();
    await Promise.all([mine.context().close(), theirs.context().close()]);
  });

  it.each(["light", "dark"] as const)("has no fault and no doubt in %s", async (theme) => {
    const page = await stage.enter("supervisor", { theme });
    await visit(page, "/admin/workflows/new?template=hours");
    await page.locator('[data-step="opening-hours"]').waitFor();
    await page.waitForTimeout(500);
    expect(await faultsOf(page, `workflow-hours-${theme}`)).toEqual([]);
    expect(await doubtsOf(page)).toEqual([]);
    await page.context().close();
  });
});
