// Whom a campaign dials, and under which law, as a person sets it up: a list from a file whose columns are
// told by hand, a number that is never called, and hours and holidays of a region.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { faultsOf, Stage, visit } from "./stage";

let stage: Stage;
let page: Page;
const files = mkdtempSync(join(tmpdir(), "cordboard-files-"));

beforeAll(async () => {
  stage = await Stage.set();
  page = await stage.enter("supervisor");
});
afterAll(async () => {
  await stage.strike();
  rmSync(files, { recursive: true, force: true });
});

function fileOf(name: string, text: string): string {
  const path = join(files, name);
  writeFileSync(path, Buffer.from(text, "latin1"));
  return path;
}

describe("a list", () => {
  it("is filled from a file with columns of any name, after a check that writes nothing", async () => {
    await visit(page, "/admin/lists");
    await page.getByRole("button", { name: /^New/ }).click();
    await page.getByLabel("Name *").fill("Spring");
    await page.getByRole("button", { name: "Save" }).click();
    const dialog = page.getByRole("dialog", { name: "Import to Spring" });
    const people = [
      "Handy;Vorname;Plan;Einwilligung",
      "+15550100123;J\xf6rg;gold;2026-01-31",
      "555 010 0124;Rita;silver;",
      "nothing;Paul;bronze;",
      "+15550100123;Twice;gold;",
    ];
    await dialog.getByLabel("File").setInputFiles(fileOf("people.csv", people.join("\n")));
    await dialog.getByText("Read as Windows-1252").waitFor();
    await dialog.getByRole("alert").getByText("The number to dial").waitFor();
    await dialog.getByLabel("What Handy is").selectOption("phone");
    await dialog.getByLabel("What Vorname is").selectOption("first_name");
    await dialog.getByLabel("What Einwilligung is").selectOption("consent");
    await dialog.getByLabel("A date of consent stands for").selectOption("written");
    await dialog.getByRole("button", { name: "Check" }).click();
    await dialog.getByText("Nothing was written.").waitFor();
    const wrong = dialog.getByRole("table", { name: "What is wrong in which cell" });
    expect(await wrong.getByRole("row").allInnerTexts()).toEqual([
      "Line\tColumn\tFound\tExpected",
      expect.stringMatching(/^4\tHandy\tnothing\ta telephone number/),
      expect.stringMatching(/^5\tThe row\t\+15550100123\t.* line 2 /),
    ]);
    expect(await faultsOf(page, "admin-import-light")).toEqual([]);
    await dialog.getByRole("button", { name: "Import", exact: true }).click();
    await dialog.getByText("Imported", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
  });

  it("is taken along as a file", async () => {
    await page.getByRole("button", { name: "Open Spring" }).click();
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export as CSV" }).click();
    const saved = await waiting;
    expect(saved.suggestedFilename()).toBe("Spring.csv");
    const rows = readFileSync(await saved.path(), "utf8").trim().split("\r\n");
    expect(rows).toHaveLength(3);
    expect(rows[1]).toContain("Jörg");
    expect(rows[1]).toContain("2026-01-31T00:00:00Z");
    await page.keyboard.press("Escape");
  });
});

describe("the do-not-call list", () => {
  it("binds one campaign, says why, and tells of a number whether it is listed", async () => {
    await visit(page, "/admin/dnc");
    await page.getByRole("button", { name: "Add numbers" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Numbers" }).fill("+15550100777");
    await dialog.getByLabel("Holds for").selectOption({ index: 1 });
    await dialog.getByLabel("Reason").fill("asked for it");
    await dialog.getByRole("button", { name: "Add numbers" }).click();
    await page.getByText("asked for it").waitFor();
    await page.getByRole("button", { name: "Check a number" }).click();
    await dialog.getByLabel("Number").fill("+1 (555) 010-0777");
    await dialog.getByRole("button", { name: "Check a number" }).click();
    await dialog.getByText("No entry of this list forbids it.").waitFor();
    await dialog.getByLabel("Holds for").selectOption({ index: 1 });
    await dialog.getByRole("button", { name: "Check a number" }).click();
    await dialog.getByText("It must not be dialled.").waitFor();
    expect(await faultsOf(page, "admin-dnc-check-light")).toEqual([]);
    await page.keyboard.press("Escape");
  });

  it("takes a file, and tells what in it is no number", async () => {
    await page.getByRole("button", { name: "Import a file" }).click();
    const dialog = page.getByRole("dialog");
    const numbers = "+15550100999\nabc123\n+15550100998\n";
    await dialog.getByLabel("File").setInputFiles(fileOf("numbers.csv", numbers));
    await dialog.getByRole("button", { name: "Import", exact: true }).click();
    await dialog.getByText("These numbers are in force.").waitFor();
    await dialog.getByRole("cell", { name: "abc123" }).waitFor();
    expect(await faultsOf(page, "admin-dnc-import-light")).toEqual([]);
    await page.keyboard.press("Escape");
  });
});

describe("a register that others keep", () => {
  it("is not loaded before a country is told, nor without its faulty rows unless told to", async () => {
    await visit(page, "/admin/dnc-registers");
    await page.getByRole("button", { name: /^New/ }).click();
    await page.getByLabel("Name *").fill("TPS");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Open TPS" }).click();
    const form = page.getByRole("dialog");
    const load = form.getByRole("button", { name: "Load a file" });
    expect(await load.getAttribute("aria-disabled")).toBe("true");
    await form.getByLabel("Region").fill("us");
    expect(await load.getAttribute("aria-disabled")).toBeNull();
    // As a spreadsheet's "Unicode text" is written.
    const text = "\ufeff+15550100444\nn/a 2\n+15550100445\n";
    const path = join(files, "register.txt");
    writeFileSync(path, Buffer.from(text, "utf16le"));
    await form.locator("input[type=file]").setInputFiles(path);
    await form.getByText("1 of 3 rows cannot be read").waitFor();
    await form.getByRole("cell", { name: "n/a 2" }).waitFor();
    await form.getByText("0 numbers").waitFor();
    expect(await faultsOf(page, "admin-register-faults-light")).toEqual([]);
    await form.getByRole("button", { name: "Import without these rows" }).click();
    await form.getByText("2 of 3 rows taken, 1 refused").waitFor();
    await form.getByText("2 numbers").waitFor();
    await page.keyboard.press("Escape");
  });
});

describe("a new campaign", () => {
  it("is made with a name alone, and has what the server gives to one with a name alone", async () => {
    await visit(page, "/admin/campaigns");
    await page.getByRole("button", { name: /^New/ }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Name *", { exact: true }).fill("Autumn");
    await form.getByText("Promised calls").click();
    expect(await form.getByLabel("Given up after (minutes)").inputValue()).toBe("1440");
    await form.getByLabel("Counts as kept within (minutes)").fill("30");
    await form.getByRole("button", { name: "Save" }).click();
    await form.waitFor({ state: "detached" });
    const saved = await page.evaluate(async () => {
      const found = (await (await fetch("/v1/campaigns?limit=100")).json()) as {
        items: { name: string; dispositions: unknown[] }[];
      };
      return found.items.find(({ name }) => name === "Autumn");
    });
    expect(saved?.dispositions.length).toBeGreaterThan(0);
    expect(saved).toMatchObject({
      lock_out: { after_abandoned_h: 72, after_machine_h: 72 },
      callbacks: { window_min: 30, to_team_after_min: 5, give_up_after_min: 1440 },
    });
  });
});

describe("a campaign's law", () => {
  it("has a formula, hours and holidays of regions, and what is wrong stands where it is", async () => {
    await visit(page, "/admin/campaigns");
    await page.getByRole("button", { name: /^Open / }).first().click();
    const form = page.getByRole("dialog");
    await form.getByLabel("The rate is counted as").selectOption("uk");
    await form.getByLabel(/^People taken for machines/).fill("12");
    await form.getByText("Advanced: how machines are told").click();
    await form.getByLabel("Pause that ends").fill("99");
    await form.getByRole("button", { name: "Add: Holidays of a region" }).click();
    const holidays = form.getByRole("group", { name: "Holidays of a region" });
    await holidays.getByRole("textbox", { name: "Region *" }).fill("Florida");
    await holidays.getByRole("textbox", { name: "Closed on" }).fill("2026-11-26\n2026-12-25");
    await form.getByRole("button", { name: "Save" }).click();
    await holidays.getByText("Expected: ISO 3166").waitFor();
    await holidays.getByRole("textbox", { name: "Region *" }).fill("us-fl");
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("must be 300 to 1500").waitFor();
    expect(await faultsOf(page, "admin-campaign-law-light")).toEqual([]);
    await form.getByLabel("Pause that ends").fill("800");
    await form.getByRole("button", { name: "Save" }).click();
    await form.waitFor({ state: "detached" });
    const saved = await page.evaluate(async () => {
      const found = (await (await fetch("/v1/campaigns")).json()) as { items: unknown[] };
      return found.items[0];
    });
    expect(saved).toMatchObject({
      abandon: { formula: { uk: { amd_false_positives: 12 } } },
      window: { holidays: { "US-FL": ["2026-11-26", "2026-12-25"] } },
      amd: { pause_ms: 800 },
    });
  });

  it("is measured by each limit on the board, where the last hour's decisions can be read", async () => {
    await visit(page, "/board");
    await page.getByText("Campaign’s own rule").first().waitFor();
    await page.getByText("Abandoned, as counted").first().waitFor();
    await page.getByText("Decisions of the last hour").first().click();
    const decisions = page.getByRole("list", { name: "Decisions of the last hour" });
    await decisions.getByRole("listitem").first().waitFor();
    const times = await decisions.locator("time").evaluateAll((all) =>
      all.map((time) => time.getAttribute("datetime") ?? ""),
    );
    expect(times).toEqual(times.toSorted().toReversed());
    expect(await faultsOf(page, "board-decisions-light")).toEqual([]);
  });
});
