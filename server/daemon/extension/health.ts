import type { Health } from "../../contract/extension-api.ts";
import { json } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";

/** What is asked whether it can serve. */
export interface Readiness {
  /** what is in the way, a sentence each; none: it is ready */
  problems(): string[];
}

/** For probes: `/healthz` answers while the process is alive, `/readyz` says 503 while it cannot serve, and why. */
export function healthRoutes(readiness: Readiness): Route[] {
  return [
    route("GET", "/healthz", () => json({ status: "ok", problems: [] } satisfies Health)),
    route("GET", "/readyz", () => {
      const problems = readiness.problems();
      return json(
        { status: problems.length === 0 ? "ok" : "failing", problems } satisfies Health,
        problems.length === 0 ? 200 : 503,
      );
    }),
  ];
}

/** What Prometheus reads: its text format. */
export function metricsRoutes(metrics: { contentType: string; metrics(): Promise<string> }): Route[] {
  return [
    route("GET", "/metrics", async () => ({
      kind: "text" as const,
      status: 200,
      text: await metrics.metrics(),
      headers: { "Content-Type": metrics.contentType },
    })),
  ];
}
