// A call in the browser alone: the page is the telephone, the demo's carrier has people on it who talk.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { faultsOf, Stage, visit } from "./stage";

let stage: Stage;

beforeAll(async () => {
  // Long enough for whatever this machine is busy with besides.
  stage = await Stage.set("--talk", "10m");
});
afterAll(() => stage.strike());

describe("an agent whose telephone is the page", () => {
  it("talks, keeps the customer through a reload of the page, and says what came of it", async () => {
    const page = await stage.enter("agent", { listening: true });
    page.on("dialog", (asked) => void asked.accept());
    await page.getByRole("button", { name: "Use this page as telephone" }).click();
    await page.getByText("This page is your telephone").waitFor();
    await page.getByRole("button", { name: /^Clock in/ }).click();
    await page.getByText("Your line is open in this page").waitFor();
    await page.getByRole("button", { name: /^Ready/ }).click();
    await state(page, "In conversation").waitFor();
    await heardBoth(page);
    expect(await faultsOf(page, "desk-call-light")).toEqual([]);

    const customer = await page.getByLabel("Call", { exact: true }).getByRole("heading").innerText();
    await page.reload();
    await page.getByText("Your line is open in this page").waitFor();
    await state(page, "In conversation").waitFor();
    await page.getByRole("heading", { name: customer }).waitFor();
    await heardBoth(page);

    await page.getByRole("button", { name: /^Hang up/ }).click();
    await state(page, "Wrap-up").waitFor();
    await promiseAndTakeBack(page);
    await page.keyboard.press("1");
    await state(page, "Ready").waitFor();
    await page.context().close();
  });

  it("is in a report, and its number leads by keyboard to the call and what happened in it", async () => {
    const page = await stage.enter("supervisor");
    await visit(page, "/admin/reports");
    const number = page.getByRole("button", { name: /^1: Calls: Calls handled, / }).first();
    await number.focus();
    expect(await faultsOf(page, "admin-reports-call-light")).toEqual([]);
    await page.keyboard.press("Enter");
    const calls = page.getByRole("dialog", { name: /^Calls: Calls handled, / });
    const call = calls.getByRole("button", { name: /^Open / }).first();
    await call.focus();
    await page.keyboard.press("Enter");
    await calls.getByRole("listitem").filter({ hasText: /connected\s*$/ }).first().waitFor();
    expect(await faultsOf(page, "admin-reports-steps-light")).toEqual([]);
    await page.context().close();
  });
});

/** Promises to call again by keyboard, which asks for a time first, and takes it back. */
async function promiseAndTakeBack(page: Page): Promise<void> {
  await page.keyboard.press("3");
  const again = page.getByRole("group", { name: "Call again at" });
  await again.getByText("When should we call again?").waitFor();
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  await again.getByLabel("Their day").fill(day);
  const time = again.getByLabel("Their time", { exact: true });
  await time.selectOption("15:30");
  await again.getByText(/Their clock: .* · your clock: /).waitFor();
  await again.getByRole("radio", { name: "Me" }).check();
  await time.press("Control+Enter");
  await page.getByText("Call back is being saved").waitFor();
  await page.keyboard.press("z");
  await again.getByText(/Their clock: /).waitFor();
}

/** What the desk says that its agent is doing. */
function state(page: Page, name: string) {
  return page.getByLabel("My state").getByRole("status").filter({ hasText: name });
}

/** Waits until the page has heard somebody, and has sent what its microphone heard. */
async function heardBoth(page: Page): Promise<void> {
  await page.waitForFunction(async () => {
    const { connections } = globalThis as unknown as { connections: RTCPeerConnection[] };
    const reports = await connections.at(-1)?.getStats();
    const found = { heard: 0, said: 0 };
    reports?.forEach((report: { type: string; totalAudioEnergy?: number; packetsSent?: number }) => {
      if (report.type === "inbound-rtp") found.heard = report.totalAudioEnergy ?? 0;
      if (report.type === "outbound-rtp") found.said = report.packetsSent ?? 0;
    });
    return found.heard > 0.01 && found.said > 50;
  });
}
