import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the page's database was, wherever the data was, before it moved into the data directory. */
export const formerWebData = "/var/lib/drydock-web";

/** Two of the installation's settings. */
interface Places {
  data: string;
  webData: string;
}

/**
 * The page's directory for the data directory `data`: what the operator named (`given`: DRYDOCK_WEB_DATA, now or remembered
 * in `saved`), else `data`/web, so that one directory holds all. An installation that has it at its former place keeps
 * it there until its next `up` (`moveWebData`).
 */
export function webDataOf(data: string, saved: Partial<Places>, given: string | undefined): string {
  if (given !== undefined) return given;
  if (saved.webData !== undefined && (saved.webData !== formerWebData || saved.data === data)) return saved.webData;
  return join(data, "web");
}

/** Where `up` shall have it: no longer at the former place, unless that was named just now. */
export function webDataFor(data: string, saved: Partial<Places>, given: string | undefined): string {
  const now = webDataOf(data, saved, given);
  return given === undefined && now === formerWebData ? join(data, "web") : now;
}

/**
 * The directory that belongs to this data and is to be moved to its new place; undefined when there is none. Without saved
 * settings the former place belongs to the data of the default place.
 * @param former the former place
 */
export function webDataToMove(
  settings: Places,
  saved: Partial<Places>,
  defaultData: string,
  former = formerWebData,
): string | undefined {
  const owner = saved.webData === former ? (saved.data ?? defaultData) : defaultData;
  const moves = settings.webData === join(settings.data, "web") && owner === settings.data;
  return moves && existsSync(former) && !existsSync(settings.webData) ? former : undefined;
}

/** Moves it whole or not at all; `web` must not run. Both may be on different file systems. */
export function moveWebData(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o711 });
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    const half = `${to}.moving`;
    rmSync(half, { recursive: true, force: true });
    execFileSync("cp", ["-a", from, half]); // with its owners
    renameSync(half, to);
    rmSync(from, { recursive: true });
  }
}

/** The topmost directory above `path` that a user without privilege cannot pass; undefined when there is none. */
export function closedParent(path: string): string | undefined {
  const parent = dirname(path);
  if (parent === path) return undefined;
  return closedParent(parent) ?? ((statSync(parent).mode & 0o001) === 0 ? parent : undefined);
}
