// The command palette: every page, language, theme and way out, by typing a few letters of it.
import { useNavigate } from "@tanstack/react-router";
import { CornerDownLeft, Search } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { choose, LANGUAGES, type Language } from "../i18n/languages";
import { useSession } from "../session/session";
import type { Page } from "./pages";
import { wear } from "./theme";

type Command = { id: string; text: string; run: () => void };
type Props = { pages: readonly Page[]; open: boolean; onOpenChange: (open: boolean) => void };

/** Whether the letters of `typed` stand in `text` in that order, words' beginnings first. */
export function rank(text: string, typed: string): number {
  const [there, wanted] = [text.toLocaleLowerCase(), typed.trim().toLocaleLowerCase()];
  if (!wanted) return 1;
  if (there.startsWith(wanted)) return 4;
  if (there.split(/\s+/).some((word) => word.startsWith(wanted))) return 3;
  if (there.includes(wanted)) return 2;
  let at = 0;
  for (const letter of there) if (letter === wanted[at]) at += 1;
  return at === wanted.length ? 1 : 0;
}

export function Palette({ pages, open, onOpenChange }: Props) {
  const { t } = useTranslation();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed start-1/2 top-[14vh] z-40 w-[calc(100%-2rem)] max-w-xl -translate-x-1/2
            overflow-hidden rounded-2xl border border-line bg-surface shadow-high rtl:translate-x-1/2"
        >
          <Radix.Title className="sr-only">{t("palette.title")}</Radix.Title>
          <Commands pages={pages} done={() => onOpenChange(false)} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Commands({ pages, done }: { pages: readonly Page[]; done: () => void }) {
  const { t } = useTranslation();
  const [typed, type] = useState("");
  const [at, move] = useState(0);
  const found = useCommands(pages)
    .map((command) => ({ command, score: rank(command.text, typed) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
  const chosen = found[Math.min(at, found.length - 1)];
  const run = (command: Command | undefined) => {
    if (!command) return;
    done();
    command.run();
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length > 0) {
      event.preventDefault();
      move((Math.min(at, found.length - 1) + step + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(chosen);
    }
  };
  return (
    <>
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Search size={18} className="text-ink-faint" aria-hidden />
        <input
          autoFocus
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={chosen ? `command-${chosen.id}` : undefined}
          aria-label={t("palette.title")}
          placeholder={t("palette.hint")}
          value={typed}
          onChange={(event) => {
            type(event.target.value);
            move(0);
          }}
          onKeyDown={press}
          className="h-13 flex-1 bg-transparent outline-none"
        />
      </div>
      <div
        id="palette-list"
        role="listbox"
        aria-label={t("palette.title")}
        className="max-h-80 overflow-y-auto p-2"
      >
        {found.map((command) => (
          <div
            key={command.id}
            id={`command-${command.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={command === chosen}
            onClick={() => run(command)}
            onKeyDown={press}
            className="flex cursor-pointer items-center justify-between rounded-lg px-3 py-2
              hover:bg-sunken aria-selected:bg-accent-soft aria-selected:text-accent-text"
          >
            {command.text}
            {command === chosen && <CornerDownLeft size={15} aria-hidden />}
          </div>
        ))}
        {found.length === 0 && (
          <p className="px-3 py-6 text-center text-ink-soft">{t("palette.none")}</p>
        )}
      </div>
    </>
  );
}

function useCommands(pages: readonly Page[]): Command[] {
  const { t } = useTranslation();
  const go = useNavigate();
  const { signOut } = useSession();
  const languages = Object.keys(LANGUAGES) as Language[];
  return [
    ...pages.map(({ name, path }) => ({
      id: name,
      text: t("palette.goTo", { page: t(`pages.${name}`) }),
      run: () => void go({ to: path }),
    })),
    ...(["light", "dark", "system"] as const).map((theme) => ({
      id: theme,
      text: `${t("common.theme")}: ${t(`theme.${theme}`)}`,
      run: () => wear(theme),
    })),
    ...languages.map((language) => ({
      id: language,
      text: `${t("common.language")}: ${LANGUAGES[language].name}`,
      run: () => void choose(language),
    })),
    { id: "signOut", text: t("shell.signOut"), run: signOut },
  ];
}
