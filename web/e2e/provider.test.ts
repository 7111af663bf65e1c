// Signing in at an OpenID provider that others wrote: set up in the console, gone to and come back from in
// the browser, with an authenticator app after it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { faultsOf, freePort, Stage, visit } from "./stage";

const SOURCES = resolve("../tests/telephones/provider");
const folder = mkdtempSync(join(tmpdir(), "cordboard-provider-"));
let issuer: string;
let provider: ChildProcess;
let stage: Stage;

beforeAll(async () => {
  cpSync(SOURCES, folder, { recursive: true });
  execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: folder });
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}`;
  stage = await Stage.serve(`[sign_in]
private = ["127.0.0.1"]
`);
  const back = `${stage.origin}/sign-in/return`;
  provider = spawn("node", ["provider.js", String(port), back], { cwd: folder });
  await new Promise<void>((ready, ended) => {
    provider.stdout?.on("data", (said: Buffer) => said.includes("listening") && ready());
    provider.once("exit", (code) => ended(new Error(`the provider ended with ${code}`)));
  });
});
afterAll(async () => {
  provider.kill();
  await stage.strike();
  rmSync(folder, { recursive: true, force: true });
});

describe("an OpenID provider", () => {
  it("is set up in the console, and a user signs in at it and no longer here", async () => {
    const boss = await stage.administrator();
    await visit(boss, "/admin/security");
    await boss.getByRole("button", { name: "Set up an OpenID provider" }).press("Enter");
    const name = boss.getByLabel("Name *");
    await name.fill("Acme");
    await boss.getByLabel("Issuer *").fill(issuer);
    await boss.getByLabel("Client id *").fill("cordboard");
    await name.press("Enter");
    await boss.getByText(`${stage.origin}/sign-in/return`).waitFor();
    const secret = boss.getByLabel("Client secret");
    await secret.fill("told to nobody: 7 & %2B+");
    await secret.press("Enter");
    await boss.getByText("One is kept; it is never shown").waitFor();
    await boss.getByRole("button", { name: "Ask it now" }).press("Enter");
    await boss.getByText("It answers as it should.").waitFor();
    expect(await faultsOf(boss, "provider-light")).toEqual([]);

    await visit(boss, "/admin/users");
    await boss.keyboard.press("c");
    const form = boss.getByRole("dialog", { name: "New: User" });
    await form.getByLabel("User name *").fill("ada");
    await form.getByLabel("Role").selectOption("manager");
    await form.getByLabel("Signs in by").selectOption("provider");
    await form.getByLabel("User name *").press("Enter");
    await boss.getByRole("button", { name: "Open ada" }).waitFor();
    await boss.context().close();

    const ada = await stage.stranger("/");
    const button = ada.getByRole("button", { name: "Sign in at Acme" });
    await button.waitFor();
    expect(await faultsOf(ada, "sign-in-provider-light")).toEqual([]);
    await button.press("Enter");
    await atTheProvider(ada, "ada");
    await ada.locator("#content h1").first().waitFor();
    expect(new URL(ada.url()).search).toBe("");
    await ada.reload();
    await ada.locator("#content h1").first().waitFor();
    await ada.context().close();
  });

  it("asks once more before an app is set up, whose code comes after it and removes it", async () => {
    const ada = await stage.stranger("/");
    await ada.getByRole("button", { name: "Sign in at Acme" }).press("Enter");
    await atTheProvider(ada, "ada");
    let app = await appOf(ada);
    await app.getByRole("button", { name: "Set up an authenticator app" }).press("Enter");
    await app.getByRole("button", { name: "Set up an authenticator app" }).press("Enter");
    const again = app.getByRole("button", { name: "Sign in at Acme" });
    await again.waitFor();
    expect(await faultsOf(ada, "sign-in-again-light")).toEqual([]);
    await again.press("Enter");
    await atTheProvider(ada, "ada", { consents: false });
    app = await appOf(ada);
    await app.getByRole("button", { name: "Set up an authenticator app" }).press("Enter");
    await app.getByRole("button", { name: "Set up an authenticator app" }).press("Enter");
    const secret = await app.locator('a[href^="otpauth:"]').innerText();
    const first = app.getByRole("textbox", { name: "Code" });
    // The code of the step before is good too, and leaves the present one to the sign-in.
    await first.fill(codeOf(secret, -1));
    await first.press("Enter");
    const kept = app.getByRole("button", { name: "I have kept them" });
    await kept.waitFor();
    const recovery = await app.getByRole("listitem").first().innerText();
    await kept.press("Enter");
    await ada.context().close();

    const later = await stage.stranger("/");
    await later.getByRole("button", { name: "Sign in at Acme" }).press("Enter");
    await atTheProvider(later, "ada");
    const code = later.getByRole("textbox", { name: "Code" });
    await code.fill(codeOf(secret, 0));
    await code.press("Enter");
    app = await appOf(later);
    await app.getByRole("button", { name: "Remove the app" }).press("Enter");
    const removing = app.getByRole("textbox", { name: "Code" });
    await removing.fill("000000");
    await removing.press("Enter");
    await app.getByText("The code is wrong, or was used before.").waitFor();
    expect(await faultsOf(later, "remove-app-light")).toEqual([]);
    await removing.fill(recovery);
    await removing.press("Enter");
    await app.getByRole("button", { name: "Set up an authenticator app" }).waitFor();
    await later.context().close();
  });

  it("is told apart from who may come in, and what was given up leads back", async () => {
    const page = await stage.stranger("/", { theme: "dark", language: "de" });
    await page.getByRole("button", { name: "Bei Acme anmelden" }).press("Enter");
    await atTheProvider(page, "nobody");
    await page.getByText("Mit diesem Konto meldet sich hier niemand an.").waitFor();
    expect(await faultsOf(page, "sign-in-failed-dark")).toEqual([]);
    await page.goto(`${stage.origin}/sign-in/return?error=access_denied&state=x`);
    await page.getByRole("heading", { name: "Sie sind nicht angemeldet" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Bei Acme anmelden" }).waitFor();
    await page.context().close();
  });
});

/** The account of whoever is signed in. */
async function appOf(page: Page): Promise<Locator> {
  await page.locator("#content h1").first().waitFor();
  await page.getByRole("button", { name: /Your account/ }).press("Enter");
  return page.getByRole("dialog", { name: "Your account" });
}

/** RFC 6238, as an authenticator app does it; `steps` from now. */
function codeOf(secret: string, steps: number): string {
  const bits = [...secret].map((digit) => BASE32.indexOf(digit).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const tag = createHmac("sha1", key).update(step).digest();
  const number = tag.readUInt32BE((tag[19] ?? 0) & 0xf) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, "0");
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Signs in on the provider's own pages, and lets it tell us who it is, which it asks for once. */
async function atTheProvider(page: Page, user: string, { consents = true } = {}): Promise<void> {
  await page.waitForURL(`${issuer}/interaction/**`);
  await page.locator('input[name="login"]').fill(user);
  await page.locator('input[name="password"]').fill("any");
  await page.locator('button[type="submit"]').click();
  if (consents) {
    await page.locator('input[name="prompt"][value="consent"]').waitFor({ state: "attached" });
    await page.locator('button[type="submit"]').click();
  }
  await page.waitForURL(`${stage.origin}/**`);
}
