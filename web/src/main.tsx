import "@fontsource-variable/inter";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { Direction, Tooltip } from "radix-ui";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { useTranslation } from "react-i18next";

import { Refused } from "./api/problem";
import { router } from "./app/router";
import { dress } from "./app/theme";
import "./design.css";
import { begin, isLanguage, LANGUAGES } from "./i18n/languages";
import { Notices } from "./ui/notices";
import { Loading } from "./ui/states";

// The scroll lock of a dialog is a style element: our policy lets it in by this page's nonce alone.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
if (nonce) setNonce(nonce);

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the server refused it will refuse again; only an unreachable or busy one is asked twice.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof Refused) || error.problem.status >= 500),
    },
  },
});

function App() {
  const { i18n } = useTranslation();
  const dir = isLanguage(i18n.language) ? LANGUAGES[i18n.language].dir : "ltr";
  return (
    <Direction.Provider dir={dir}>
      <QueryClientProvider client={queries}>
        <Tooltip.Provider delayDuration={300}>
          <Suspense fallback={<Loading />}>
            <RouterProvider router={router} />
          </Suspense>
          <Notices />
        </Tooltip.Provider>
      </QueryClientProvider>
    </Direction.Provider>
  );
}

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no root");
dress();
await begin();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
