import type { Health } from "../../contract/extension-api.ts";
import { sendJson } from "../http/body.ts";
import type { Route } from "../http/router.ts";

/** For probes: `/healthz` answers while the process is alive, `/readyz` says 503 while it cannot serve, and why. */
export function healthRoutes(problems: () => Promise<string[]>): Route[] {
  return [
    {
      method: "GET",
      pattern: "/healthz",
      access: "anyone",
      handle: ({ response }) => {
        sendJson(response, 200, { status: "ok", problems: [] } satisfies Health);
        return Promise.resolve();
      },
    },
    {
      method: "GET",
      pattern: "/readyz",
      access: "anyone",
      handle: async ({ response }) => {
        const found = await problems();
        const health: Health = { status: found.length === 0 ? "ok" : "failing", problems: found };
        sendJson(response, found.length === 0 ? 200 : 503, health);
      },
    },
  ];
}
