// What stands around every page: the menu, the state of the link, the palette, the shortcuts sheet.
import { Link as To, useRouterState } from "@tanstack/react-router";
import { CircleUser, Command, Keyboard, LogOut, WifiOff } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { useLink, useNow } from "../live/hooks";
import { Account } from "../session/account";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Mark } from "../ui/mark";
import { useKeyOf, useShortcut } from "./keys";
import { type Page, pagesFor } from "./pages";
import { Palette } from "./palette";
import { LanguageChoice, ThemeChoice } from "./preferences";
import { Sheet } from "./sheet";

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const [open, show] = useState<"palette" | "sheet">();
  useShortcut("palette", () => show("palette"));
  useShortcut("sheet", () => show("sheet"));
  const pages = pagesFor(user);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const bare = path === "/board/wall";
  const menu = pages.length > 1 && !bare;
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded
          focus:bg-accent focus:px-3 focus:py-2 focus:text-accent-ink"
      >
        {t("shell.skip")}
      </a>
      {!bare && <Top onPalette={() => show("palette")} onSheet={() => show("sheet")} />}
      <LinkNotice />
      <div className="flex min-h-0 flex-1">
        {menu && <Menu pages={pages} path={path} />}
        <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          {children}
        </main>
      </div>
      <Palette
        pages={pages}
        open={open === "palette"}
        onOpenChange={(on) => show(on ? "palette" : undefined)}
      />
      <Sheet open={open === "sheet"} onOpenChange={(on) => show(on ? "sheet" : undefined)} />
    </div>
  );
}

function Top({ onPalette, onSheet }: { onPalette: () => void; onSheet: () => void }) {
  const { t } = useTranslation();
  const { user, signOut } = useSession();
  const [open, show] = useState(false);
  const paletteKey = useKeyOf("palette");
  return (
    <header
      className="sticky top-0 z-20 flex h-14 shrink-0 items-center gap-3 border-b border-line bg-surface
        px-4"
    >
      <To to="/" className="flex items-center gap-2.5 rounded-md" aria-label="Cordboard">
        <Mark />
        <span className="hidden font-semibold tracking-tight sm:inline">Cordboard</span>
      </To>
      <button
        type="button"
        onClick={onPalette}
        className="ms-auto flex h-9 items-center gap-2 rounded-lg border border-line bg-sunken px-3
          text-sm text-ink-soft hover:border-line-strong"
      >
        <Command size={15} aria-hidden />
        <span className="hidden md:inline">{t("palette.open")}</span>
        <span className="kbd">{paletteKey}</span>
      </button>
      <Button look="quiet" onClick={onSheet} aria-label={t("sheet.title")}>
        <Keyboard size={17} aria-hidden />
      </Button>
      <div className="hidden gap-2 lg:flex">
        <LanguageChoice />
        <ThemeChoice />
      </div>
      <Button
        look="quiet"
        onClick={() => show(true)}
        aria-label={`${user.username}: ${t("account.title")}`}
      >
        <CircleUser size={17} aria-hidden />
        <span className="hidden text-sm text-ink-soft sm:inline">{user.username}</span>
      </Button>
      <Account open={open} onOpenChange={show} />
      <Button look="quiet" onClick={signOut} aria-label={t("shell.signOut")}>
        <LogOut size={17} aria-hidden />
      </Button>
    </header>
  );
}

const GROUPS = ["work", "people", "dialling", "telephony", "records", "settings"] as const;

/** Whoever came by the palette or a link sees where in the menu that is. */
function bringIntoView(item: HTMLElement | null) {
  item?.scrollIntoView({ block: "nearest" });
}

function Menu({ pages, path }: { pages: readonly Page[]; path: string }) {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t("shell.menu")}
      className="sticky top-14 h-[calc(100dvh-3.5rem)] w-52 shrink-0 overflow-y-auto border-e
        border-line bg-surface px-2 py-3"
    >
      {GROUPS.map((group) => {
        const inside = pages.filter((page) => page.group === group);
        if (inside.length === 0) return null;
        return (
          <div key={group} className="mb-3">
            <p className="px-2.5 pb-1 text-xs font-medium text-ink-faint">{t(`groups.${group}`)}</p>
            {inside.map(({ name, path: to, icon: Icon }) => (
              <To
                key={name}
                to={to}
                ref={path.startsWith(to) ? bringIntoView : undefined}
                aria-current={path.startsWith(to) ? "page" : undefined}
                className="flex items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-[0.93rem] text-ink-soft
                  hover:bg-sunken hover:text-ink aria-[current]:bg-accent-soft
                  aria-[current]:font-medium aria-[current]:text-accent-text"
              >
                <Icon size={17} aria-hidden />
                {t(`pages.${name}`)}
              </To>
            ))}
          </div>
        );
      })}
    </nav>
  );
}

/** Says that what is shown is old, and since when, as long as it is. */
function LinkNotice() {
  const link = useLink();
  if (link.state !== "reconnecting") return null;
  return <Reconnecting since={link.since} />;
}

function Reconnecting({ since }: { since: number }) {
  const { t } = useTranslation();
  const now = useNow();
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  return (
    <div
      role="status"
      className="flex items-center gap-2 border-b border-wrap/40 bg-wrap-soft px-4 py-2 text-sm text-wrap"
    >
      <WifiOff size={16} aria-hidden />
      {t("shell.reconnecting", { seconds })}
    </div>
  );
}
