// The languages of the page. English comes with it; the others are fetched when they are chosen.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import en from "./en.json";

export type Words = typeof en;

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: Words };
    returnNull: false;
  }
}

export const LANGUAGES = {
  en: { name: "English", dir: "ltr" },
  de: { name: "Deutsch", dir: "ltr" },
  ar: { name: "العربية", dir: "rtl" },
} as const;

export type Language = keyof typeof LANGUAGES;

const KEPT_AS = "cordboard.language";

const others: Record<Exclude<Language, "en">, () => Promise<{ default: Words }>> = {
  de: () => import("./de.json"),
  ar: () => import("./ar.json"),
};

export function isLanguage(word: string): word is Language {
  return Object.hasOwn(LANGUAGES, word);
}

/** The language that was chosen, else the browser's first that we speak. */
export function preferred(kept: string | null, asked: readonly string[]): Language {
  const wanted = [kept ?? "", ...asked.map((tag) => tag.split("-")[0] ?? "")];
  return wanted.find(isLanguage) ?? "en";
}

/** The language that letters are written in, as the API takes it. */
export function letterLanguage(language: string): Language {
  return isLanguage(language) ? language : "en";
}

export async function speak(language: Language): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "translation")) {
    const words = await others[language]();
    i18next.addResourceBundle(language, "translation", words.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  document.documentElement.dir = LANGUAGES[language].dir;
}

/** Speaks it from now on, also after the page is loaded again. */
export async function choose(language: Language): Promise<void> {
  localStorage.setItem(KEPT_AS, language);
  await speak(language);
}

export async function begin(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  const language = preferred(localStorage.getItem(KEPT_AS), navigator.languages);
  // A language that cannot be fetched must not keep the page away.
  await speak(language).catch(() => speak("en"));
}
