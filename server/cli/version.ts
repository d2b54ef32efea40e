import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultConfigFile } from "../compose/daemon-json/default-file.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { pagesId } from "./pages.ts";
import { processEnvironment, type Settings } from "./settings.ts";

/** What the running processes were started from, written by the supervisor. */
export function versionFile(settings: Settings): string {
  return join(settings.run, "version");
}

/** Changes when `drydockd` or `web` would run differently after a restart: other code, another page, other settings, also in daemon.json. */
export function runningVersion(settings: Settings): string {
  const sources = globSync("server/**/*.ts", { cwd: settings.checkout }).filter(
    (path) => !path.startsWith("server/cli/") || ["server/cli/supervisor.ts", "server/cli/webs.ts"].includes(path),
  );
  const modules = ["package-lock.json"].filter((path) => existsSync(join(settings.checkout, path)));
  const environment = Object.entries(processEnvironment(settings)).map(([name, value]) => `${name}=${value}`);
  return fingerprintOf(
    settings.checkout,
    [...sources, ...modules],
    pagesId(settings) ?? "",
    ...environment.toSorted(),
    engineSettings(settings),
  );
}

function engineSettings(settings: Settings): string {
  const file = processEnvironment(settings)["DRYDOCK_CONFIG"] ?? defaultConfigFile;
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

export function isCurrent(settings: Settings): boolean {
  const file = versionFile(settings);
  return existsSync(file) && readFileSync(file, "utf8").trim() === runningVersion(settings);
}
