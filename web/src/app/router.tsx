// Every address of the app. Pages are fetched when they are first opened; the desk is small and
// comes first for agents.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
  useLocation,
} from "@tanstack/react-router";
import { type ComponentType, lazy, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { MailedLink } from "../session/mailed-link";
import { ProviderReturn, RETURN } from "../session/provider";
import { SessionGate, useSession } from "../session/session";
import { Denied, Empty, Failed, Loading } from "../ui/states";
import { homeOf, mayOpen, type PageName, PAGES } from "./pages";
import { Shell } from "./shell";

const root = createRootRoute({
  component: Root,
  notFoundComponent: NotFound,
});

/** Whoever comes by a letter, or from the identity provider, is nobody yet, or somebody else than who is signed in here. */
function Root() {
  const path = useLocation({ select: ({ pathname }) => pathname });
  if (path === LINK) return <MailedLink />;
  if (path === RETURN) return <ProviderReturn />;
  return (
    <SessionGate>
      <Shell>
        <Outlet />
      </Shell>
    </SessionGate>
  );
}

const LINK = "/link";

const link = createRoute({ getParentRoute: () => root, path: LINK, component: () => null });

const back = createRoute({ getParentRoute: () => root, path: RETURN, component: () => null });

const home = createRoute({ getParentRoute: () => root, path: "/", component: Home });

const pages = PAGES.map(({ name, path, deep }) => {
  const whole = deep ? `${path}/{-$part}/{-$detail}` : path;
  return createRoute({ getParentRoute: () => root, path: whole, component: guarded(name) });
});

const wall = createRoute({
  getParentRoute: () => root,
  path: "/board/wall",
  component: lazyRouteComponent(() => import("../board/wall"), "Wall"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, link, back, wall, ...pages]),
  defaultPendingComponent: Loading,
  defaultErrorComponent: ({ error, reset }) => <Failed error={error} retry={reset} />,
});

function component(name: PageName): () => Promise<{ default: ComponentType }> {
  switch (name) {
    case "desk":
      return async () => ({ default: (await import("../desk/desk")).Desk });
    case "board":
      return async () => ({ default: (await import("../board/board")).Board });
    // An editor with a drawing: whoever opens another page of the console does not wait for it.
    case "workflows":
      return async () => ({ default: (await import("../admin/workflows")).Workflows });
    default:
      return async () => {
        const { adminPage } = await import("../admin/pages");
        return { default: adminPage(name) };
      };
  }
}

/** A page behind the roles that may open it. */
function guarded(name: PageName): () => ReactNode {
  const Page = lazy(component(name));
  const page = PAGES.find((one) => one.name === name);
  return function Guarded() {
    const { user } = useSession();
    const open = page && (page.name === "desk" || mayOpen(user, page));
    return open ? <Page /> : <Denied />;
  };
}

function Home() {
  const { user } = useSession();
  return <Navigate to={homeOf(user)} replace />;
}

function NotFound() {
  const { t } = useTranslation();
  return <Empty title={t("states.notFound")} text={t("states.notFoundWhy")} />;
}
