// The stage of a whole-system test: `cordboard demo` with its own state and ports, and a browser.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

export type Role = "agent" | "supervisor";

const BUILT = resolve("..", process.env.CARGO_TARGET_DIR ?? "target", "debug/cordboard");
const BINARY = process.env.CORDBOARD_BINARY ?? BUILT;
const SHOTS = new URL("shots/", import.meta.url).pathname;

export type Visit = {
  theme?: "light" | "dark";
  language?: string;
  /** Keeps every WebRTC connection of the page at `connections`, to ask what it hears. */
  listening?: boolean;
};

export class Stage {
  private constructor(
    private readonly product: ChildProcess,
    private readonly browser: Browser,
    private readonly links: Record<Role, string>,
    private readonly state: string,
  ) {}

  /** `words` are further options of `cordboard demo`. */
  static async set(...words: string[]): Promise<Stage> {
    const state = mkdtempSync(join(tmpdir(), "cordboard-e2e-"));
    const product = spawn(BINARY, ["demo", "--agents", "4", "--state-dir", state, ...words]);
    const links = await linksOf(product);
    return new Stage(product, await browse(), links, state);
  }

  /** An installation of its own, as new as it can be; `more` is the rest of its configuration. */
  static async serve(more: string): Promise<Stage> {
    const state = mkdtempSync(join(tmpdir(), "cordboard-e2e-"));
    const file = join(state, "cordboard.toml");
    const [port, sip] = [await freePort(), await freePort()];
    writeFileSync(
      file,
      `[node]
state_dir = "${join(state, "state")}"
[sip]
udp = ["127.0.0.1:${sip}"]
tcp = ["127.0.0.1:${sip}"]
[media]
address = "127.0.0.1"
[http]
listen = "127.0.0.1:${port}"
tls = "off"
public_url = "http://127.0.0.1:${port}"
${more}`,
    );
    const product = spawn(BINARY, ["serve", "--config", file]);
    const password = await passwordOf(product);
    const link = `http://127.0.0.1:${port}/#${new URLSearchParams({ user: "admin", password })}`;
    return new Stage(product, await browse(), { agent: link, supervisor: link }, state);
  }

  /** Where the installation is. */
  get origin(): string {
    return new URL(this.links.supervisor).origin;
  }

  /** Whoever set the installation up, signed in. */
  administrator(): Promise<Page> {
    return this.enter("supervisor");
  }

  /** A page of somebody who has not signed in, at this address. */
  async stranger(address: string, more: Visit = {}): Promise<Page> {
    const page = await (await this.context(more.theme ?? "light")).newPage();
    await page.addInitScript((language) => {
      localStorage.setItem("cordboard.language", language);
    }, more.language ?? "en");
    await page.goto(new URL(address, this.links.agent).href);
    return page;
  }

  /** A page of somebody who has signed in by keyboard alone. */
  async enter(role: Role, more: Visit = {}): Promise<Page> {
    const context = await this.context(more.theme ?? "light");
    const page = await context.newPage();
    if (more.listening) await page.addInitScript(keepConnections);
    await page.addInitScript((language) => {
      localStorage.setItem("cordboard.language", language);
    }, more.language ?? "en");
    await page.goto(this.links[role]);
    await page.getByRole("button").first().waitFor();
    await page.keyboard.press("Enter");
    // The page of sign-in has a heading too: only what is behind it has the shell's content.
    await page.locator("#content h1").first().waitFor();
    return page;
  }

  /** The page before anybody has signed in. */
  async threshold(theme: "light" | "dark"): Promise<Page> {
    const page = await (await this.context(theme)).newPage();
    await page.goto(this.links.agent);
    await page.getByRole("heading").first().waitFor();
    return page;
  }

  private async context(theme: "light" | "dark"): Promise<BrowserContext> {
    const context = await this.browser.newContext({
      ignoreHTTPSErrors: true,
      colorScheme: theme,
      viewport: { width: 1440, height: 900 },
    });
    context.setDefaultTimeout(60_000);
    return context;
  }

  async strike(): Promise<void> {
    await this.browser.close();
    const gone = new Promise((done) => this.product.once("exit", done));
    this.product.kill("SIGINT");
    await gone;
    rmSync(this.state, { recursive: true, force: true });
  }
}

function keepConnections(): void {
  const there = globalThis as unknown as {
    connections: RTCPeerConnection[];
    RTCPeerConnection: typeof RTCPeerConnection;
  };
  there.connections = [];
  there.RTCPeerConnection = class extends there.RTCPeerConnection {
    constructor(asked?: RTCConfiguration) {
      super(asked);
      there.connections.push(this);
    }
  };
}

/** Reads the links that the demo prints, one for each role. */
function linksOf(product: ChildProcess): Promise<Record<Role, string>> {
  return new Promise((found, missing) => {
    let said = "";
    const hear = (more: Buffer) => {
      said += more.toString();
      const link = (role: Role) => new RegExp(`^ +${role} +(https?://\\S+)$`, "m").exec(said)?.[1];
      const [agent, supervisor] = [link("agent"), link("supervisor")];
      if (agent && supervisor) found({ agent, supervisor });
    };
    product.stdout?.on("data", hear);
    product.stderr?.on("data", hear);
    product.once("error", missing);
    product.once("exit", (code) => missing(new Error(`the demo ended with ${code}:\n${said}`)));
  });
}

/** Reads the password that a first start prints. */
function passwordOf(product: ChildProcess): Promise<string> {
  return new Promise((found, missing) => {
    let said = "";
    const hear = (more: Buffer) => {
      said += more.toString();
      const password = /^ +password +(\S+)$/m.exec(said)?.[1];
      if (password) found(password);
    };
    product.stdout?.on("data", hear);
    product.stderr?.on("data", hear);
    product.once("error", missing);
    product.once("exit", (code) => missing(new Error(`it ended with ${code}:\n${said}`)));
  });
}

/** A port of loopback that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      server.close(() => found(typeof at === "object" && at ? at.port : 0));
    });
  });
}

function browse(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    timeout: 120_000,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // A microphone that beeps, and nobody to be asked for it.
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ],
  });
}

/** Goes to an address of the app without loading it again. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
  await page.locator('main [role="status"][aria-label]').waitFor({ state: "detached" });
  await page.waitForTimeout(500);
}

/** What axe finds wrong, one line a rule; a picture is kept beside. */
export async function faultsOf(page: Page, name: string): Promise<string[]> {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
  // The policy of the page lets no script in but ours: axe is evaluated by the debugger instead.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const there = globalThis as unknown as { axe: { run: () => Promise<AxeFound> } };
    return there.axe.run();
  });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

/** What axe cannot judge by itself, one line a rule. */
export async function doubtsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const there = globalThis as unknown as { axe: { run: () => Promise<AxeFound> } };
    return there.axe.run();
  });
  return found.incomplete.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

type AxeRule = { id: string; nodes: { html: string }[] };
type AxeFound = { violations: AxeRule[]; incomplete: AxeRule[] };
