// People come by letters: a real binary, a real mail server, and the links opened in the browser.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { faultsOf, freePort, Stage, visit } from "./stage";

const folder = mkdtempSync(join(tmpdir(), "cordboard-letters-"));
const OWN = "a word of her own";
const LATER = "another word of hers";
let post: ChildProcess;
let stage: Stage;

beforeAll(async () => {
  const port = await freePort();
  const to = ["-m", "aiosmtpd", "-n", "-l", `127.0.0.1:${port}`];
  // Debian's own Python has the package; another one may come first in the path.
  post = spawn("/usr/bin/python3", [...to, "-c", "aiosmtpd.handlers.Mailbox", mailbox()]);
  stage = await Stage.serve(`[mail]
server = "127.0.0.1"
port = ${port}
tls = "off"
from = "Cordboard <pbx@example.net>"
`);
});
afterAll(async () => {
  post.kill();
  await stage.strike();
  rmSync(folder, { recursive: true, force: true });
});

describe("by letters alone", () => {
  it("somebody is invited, comes, forgets the password, and comes again", async () => {
    const boss = await stage.administrator();
    await visit(boss, "/admin/users");
    await boss.getByRole("button", { name: "Invite" }).press("Enter");
    const form = boss.getByRole("dialog", { name: "Invite somebody" });
    await form.getByLabel("User name *").fill("ada");
    await form.getByLabel("E-mail", { exact: true }).fill("ada@");
    await form.getByLabel("Role").selectOption("manager");
    expect(await faultsOf(boss, "invite-light")).toEqual([]);
    await form.getByLabel("User name *").press("Enter");
    await form.getByText(/^Expected: an address/).waitFor();
    await form.getByLabel("E-mail", { exact: true }).fill("ada@example.net");
    await form.getByLabel("User name *").press("Enter");
    await boss.getByText("The e-mail to ada@example.net is on its way.").waitFor();
    await boss.getByRole("button", { name: "Open ada" }).press("Enter");
    await boss.getByText(/^Invited at ada@example.net/).waitFor();
    expect(await faultsOf(boss, "invited-light")).toEqual([]);
    await boss.context().close();

    const invitation = await linkOf(1);
    let ada = await stage.stranger(invitation);
    await ada.getByRole("heading", { name: "Welcome" }).waitFor();
    expect(await faultsOf(ada, "link-light")).toEqual([]);
    await choose(ada, OWN);
    await signIn(ada, "ada", OWN);
    await ada.context().close();

    ada = await stage.stranger(invitation);
    await ada.getByRole("heading", { name: "This link is over" }).waitFor();
    await ada.keyboard.press("Enter");
    await ada.getByRole("button", { name: "Forgotten your password?" }).press("Enter");
    const user = ada.getByLabel("User name or e-mail");
    await user.fill("ada@example.net");
    expect(await faultsOf(ada, "forgotten-light")).toEqual([]);
    await user.press("Enter");
    await ada.getByText(/^If there is such a user/).waitFor();
    await ada.goto(await linkOf(2));
    await ada.getByRole("heading", { name: "A new password" }).waitFor();
    await choose(ada, LATER);
    await signIn(ada, "ada", LATER);
    await ada.context().close();
  });

  it("the pages of a link have no fault in the dark, and read from right to left in Arabic", async () => {
    const page = await stage.stranger("/link#nothing", { theme: "dark", language: "ar" });
    await page.getByRole("heading", { name: "انتهى هذا الرابط" }).waitFor();
    expect(await page.locator("html").getAttribute("dir")).toBe("rtl");
    expect(await faultsOf(page, "link-over-dark")).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "هل نسيت كلمة المرور؟" }).press("Enter");
    await page.getByRole("heading", { name: "كلمة مرور منسية" }).waitFor();
    expect(await faultsOf(page, "forgotten-dark")).toEqual([]);
    await page.context().close();
  });
});

async function choose(page: Page, password: string): Promise<void> {
  const field = page.getByLabel("New password");
  await field.fill(password);
  await field.press("Enter");
  await page.getByRole("heading", { name: "Your password is set" }).waitFor();
  await page.keyboard.press("Enter");
}

async function signIn(page: Page, user: string, password: string): Promise<void> {
  const name = page.getByLabel("User name", { exact: true });
  await name.waitFor();
  expect(await name.inputValue()).toBe(user);
  const field = page.getByLabel("Password", { exact: true });
  await field.fill(password);
  await field.press("Enter");
  await page.locator("#content h1").first().waitFor();
}

function mailbox(): string {
  return join(folder, "mail");
}

/** The link in the letter that came as this one, beginning with 1. */
async function linkOf(number: number): Promise<string> {
  const came = join(mailbox(), "new");
  for (let tries = 0; tries < 300; tries += 1) {
    const names = existsSync(came) ? readdirSync(came).map((name) => join(came, name)) : [];
    const age = (name: string) => statSync(name).mtimeMs;
    const links = names
      .toSorted((one, other) => age(one) - age(other))
      // Quoted-printable cuts long lines (RFC 2045 §6.7).
      .map((name) => readFileSync(name, "utf8").replaceAll(/=\r?\n/g, ""))
      .flatMap((letter) => /^https?:\S+\/link#\w+$/m.exec(letter) ?? []);
    const link = links[number - 1];
    if (link) return link;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no letter ${number}`);
}
