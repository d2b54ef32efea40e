import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "./settings.ts";

/*
 * What web serves is a copy of the built pages, so that a build changes nothing of what is being served, nor does one that
 * fails or is killed: the build has the checkout's `.next`, in which web, in a mount namespace of its own, sees the copy.
 */

/** Of a build, but for what only the next build reads. */
const left = new Set(["cache", "dev", "diagnostics", "types"]);

/** Where the copy is, once web was started with one. */
export function servedPages({ data }: Settings): string {
  return join(data, "pages");
}

/** Those that web takes with its next start. */
function comingPages(settings: Settings): string {
  return `${servedPages(settings)}.new`;
}

/** Copies the build, if it is another one than web has. */
export function copyPages(settings: Settings): void {
  const built = join(settings.checkout, ".next");
  const coming = comingPages(settings);
  if (readId(built) === pagesId(settings)) return;
  const partial = `${coming}.part`;
  for (const path of [partial, coming]) rmSync(path, { recursive: true, force: true });
  const top = new Set([...left].map((name) => join(built, name)));
  cpSync(built, partial, { recursive: true, filter: (path) => !top.has(path) });
  renameSync(partial, coming);
}

/** Before web is started, while none runs. Killed in the middle, it is finished by the next start. */
export function takePages(settings: Settings): void {
  if (!existsSync(comingPages(settings))) return;
  rmSync(servedPages(settings), { recursive: true, force: true });
  renameSync(comingPages(settings), servedPages(settings));
}

/** Which build web has after its next start; undefined: it was never given one. */
export function pagesId(settings: Settings): string | undefined {
  return readId(comingPages(settings)) ?? readId(servedPages(settings));
}

function readId(directory: string): string | undefined {
  const file = join(directory, "BUILD_ID");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
