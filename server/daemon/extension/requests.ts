import { lines } from "../http/reply.ts";
import type { RequestLog } from "../http/request-log.ts";
import { type Route, route } from "../http/route.ts";

/** What has been asked of this API (contract/request-log.ts). */
export function requestLogRoutes(log: RequestLog): Route[] {
  return [
    route("GET", "/drydock/v1/requests", ({ query, signal }) =>
      lines(
        async (write) => {
          for await (const request of log.read(query.int("from") ?? 0, signal)) {
            await write(request);
          }
        },
        { immediate: true, contentType: "application/x-ndjson" },
      ),
    ),
  ];
}
