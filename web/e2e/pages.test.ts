// Every page as a person without a mouse, without colour and without sight meets it: axe finds nothing
// wrong in light and in dark, and a picture of each is kept in `e2e/shots`.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { PAGES } from "../src/app/pages";
import { faultsOf, Stage, visit } from "./stage";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.strike());

describe.each(["light", "dark"] as const)("in %s", (theme) => {
  it("signing in has no fault", async () => {
    const page = await stage.threshold(theme);
    expect(await faultsOf(page, `sign-in-${theme}`)).toEqual([]);
    await page.context().close();
  });

  it("the board, the wall and the whole console have no fault", async () => {
    const page = await stage.enter("supervisor", { theme });
    const paths = [...PAGES.map(({ path }) => path).filter((path) => path !== "/desk"), "/board/wall"];
    const faults: Record<string, string[]> = {};
    for (const path of paths) {
      await visit(page, path);
      const found = await faultsOf(page, `${path.slice(1).replaceAll("/", "-")}-${theme}`);
      if (found.length > 0) faults[path] = found;
    }
    expect(faults).toEqual({});
    await page.context().close();
  });

  it("the desk has no fault", async () => {
    const page = await stage.enter("agent", { theme });
    expect(await faultsOf(page, `desk-${theme}`)).toEqual([]);
    await page.context().close();
  });
});

describe("by keyboard alone", () => {
  it("an agent is told why there is nothing to answer with", async () => {
    const page = await stage.enter("agent");
    const clockIn = page.getByRole("button", { name: /^Clock in/ });
    await clockIn.focus();
    await page.getByRole("status").filter({ hasText: "Clocked out" }).waitFor();
    expect(await page.getByText("No telephone").count()).toBe(1);
    await page.context().close();
  });

  it("a supervisor goes anywhere by the palette, and finds every key on the sheet", async () => {
    const page = await stage.enter("supervisor");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("queues");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Queues" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("c");
    await page.getByRole("dialog", { name: "New: Queue" }).waitFor();
    await page.context().close();
  });

  it("an administrator makes a queue, and is told at the field what the server refuses", async () => {
    const page = await stage.enter("supervisor");
    await visit(page, "/admin/queues");
    await page.keyboard.press("c");
    const name = page.getByLabel("Name *");
    await name.fill("Evening");
    const places = page.getByLabel("Places");
    await places.fill("0");
    await places.press("Enter");
    await page.getByText(/^Expected: /).first().waitFor();
    expect(await places.getAttribute("aria-invalid")).toBe("true");
    await places.fill("10");
    await page.getByLabel("Keeps opening hours").press("Space");
    const zone = page.getByLabel("Time zone *");
    await zone.fill("Mars/Base");
    await page.getByLabel("When closed").selectOption("voicemail");
    await zone.focus();
    expect(await faultsOf(page, "admin-queue-form-light")).toEqual([]);
    await zone.press("Enter");
    await page.getByText(/^Expected: an IANA time zone/).waitFor();
    await zone.fill("Europe/London");
    await zone.press("Enter");
    await page.getByRole("button", { name: "Open Evening" }).waitFor();
    await page.context().close();
  });

  it("a queue offers its callers to be called back, and their places have a page", async () => {
    const page = await stage.enter("supervisor");
    await visit(page, "/admin/queues");
    await page.keyboard.press("c");
    await page.getByLabel("Name *").fill("Patient");
    await page.getByLabel("Offer to be called back").press("Space");
    const key = page.getByLabel("Key to press");
    await key.fill("12");
    await page.getByLabel("Campaign *").selectOption({ index: 1 });
    expect(await faultsOf(page, "admin-queue-call-back-light")).toEqual([]);
    await key.press("Enter");
    await page.getByText(/^Expected: /).first().waitFor();
    expect(await key.getAttribute("aria-invalid")).toBe("true");
    await key.fill("5");
    await key.press("Enter");
    await page.getByRole("button", { name: "Open Patient" }).waitFor();
    await visit(page, "/admin/kept-places");
    await page.getByLabel("Only those kept now").press("Space");
    await page.getByText("Nobody waits to be called back").waitFor();
    await page.context().close();
  });

  it("an agent chooses a PIN and is told where to call in", async () => {
    const admin = await stage.enter("supervisor");
    await visit(admin, "/admin/dids");
    await admin.keyboard.press("c");
    const number = admin.getByLabel("Number *");
    await number.fill("+15550100177");
    await admin.getByLabel("Leads to", { exact: true }).selectOption("call_in");
    await number.press("Enter");
    await admin.getByRole("button", { name: "Open +15550100177" }).waitFor();
    await admin.context().close();

    const page = await stage.enter("agent");
    await page.getByLabel("My line").selectOption("call_in");
    await page.getByText("+15550100177").waitFor();
    await page.getByRole("button", { name: /Your account/ }).click();
    const pin = page.getByLabel("PIN", { exact: true });
    await pin.fill("123456");
    await pin.press("Enter");
    await page.locator('input[aria-invalid="true"]').waitFor();
    await pin.fill("402817");
    expect(await faultsOf(page, "account-call-in-light")).toEqual([]);
    await pin.press("Enter");
    await page.getByText("The PIN was set").waitFor();
    await page.context().close();
  });

  it("Arabic is written from right to left", async () => {
    const page = await stage.enter("supervisor", { language: "ar" });
    expect(await page.locator("html").getAttribute("dir")).toBe("rtl");
    await page.getByRole("heading", { level: 1, name: "اللوحة" }).waitFor();
    await page.context().close();
  });
});
