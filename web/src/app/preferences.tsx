// Language and theme, as small native selects: they work before anything else does.
import { useTranslation } from "react-i18next";

import { choose, isLanguage, LANGUAGES } from "../i18n/languages";
import { type Theme, useTheme, wear } from "./theme";

const LOOK = "rounded-lg border border-line bg-surface px-2 py-1 text-sm text-ink-soft";

export function LanguageChoice() {
  const { t, i18n } = useTranslation();
  return (
    <select
      aria-label={t("common.language")}
      className={LOOK}
      value={i18n.language}
      onChange={(event) => {
        if (isLanguage(event.target.value)) void choose(event.target.value);
      }}
    >
      {Object.entries(LANGUAGES).map(([tag, { name }]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function ThemeChoice() {
  const { t } = useTranslation();
  const theme = useTheme();
  return (
    <select
      aria-label={t("common.theme")}
      className={LOOK}
      value={theme}
      onChange={(event) => wear(event.target.value as Theme)}
    >
      <option value="system">{t("theme.system")}</option>
      <option value="light">{t("theme.light")}</option>
      <option value="dark">{t("theme.dark")}</option>
    </select>
  );
}
