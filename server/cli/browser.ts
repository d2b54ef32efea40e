import { existsSync } from "node:fs";
import { onPath } from "./apt.ts";

/** The Chromium of the browser tests: DRYDOCK_CHROMIUM, else the one on PATH, best the one that has no window. */
export function chromiumPath(): string | undefined {
  const named = process.env["DRYDOCK_CHROMIUM"];
  if (named === undefined || named === "") return onPath("chromium-headless-shell") ?? onPath("chromium");
  return existsSync(named) ? named : undefined;
}

/** Why there is no browser to test with. */
export function whyNoChromium(): string | undefined {
  if (chromiumPath() !== undefined) return undefined;
  const named = process.env["DRYDOCK_CHROMIUM"];
  return named === undefined || named === ""
    ? "there is no chromium on PATH, and DRYDOCK_CHROMIUM names none"
    : `Chromium is not at ${named}, which DRYDOCK_CHROMIUM names`;
}
