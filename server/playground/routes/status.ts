import type { PlaygroundStatus } from "../../contract/playground-api.ts";
import { sendJson } from "../http/body.ts";
import type { Route } from "../http/router.ts";
import type { EngineMonitor } from "../streams/engine-monitor.ts";

export function statusRoutes(monitor: EngineMonitor): Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/status",
      access: "anyone",
      handle: ({ response }) => {
        const details = monitor.status === undefined ? {} : { details: monitor.status };
        const status: PlaygroundStatus = { engine: monitor.up ? "up" : "down", ...details };
        sendJson(response, 200, status);
        return Promise.resolve();
      },
    },
  ];
}
