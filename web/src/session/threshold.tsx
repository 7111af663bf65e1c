// The page before the app: what it is, one form, language and theme.
import type { ReactNode } from "react";

import { LanguageChoice, ThemeChoice } from "../app/preferences";
import { Mark } from "../ui/mark";

export function Threshold(props: { title: string; about: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center justify-center gap-3">
          <Mark size={36} />
          <span className="text-xl font-semibold tracking-tight">Cordboard</span>
        </div>
        <div className="panel px-6 py-6">
          <h1 className="text-lg font-semibold">{props.title}</h1>
          <p className="mb-5 text-sm text-ink-soft">{props.about}</p>
          {props.children}
        </div>
        <div className="mt-4 flex justify-center gap-2">
          <LanguageChoice />
          <ThemeChoice />
        </div>
      </div>
    </main>
  );
}
