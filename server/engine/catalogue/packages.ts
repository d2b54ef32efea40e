import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isEngineError, Unavailable } from "../errdefs/errors.ts";
import { runCommand } from "./run-command.ts";

/**
 * Fetches one package of this machine's sources, without what it depends on, and unpacks its files into `target`.
 * @throws Unavailable: no such package, or its source cannot be reached
 */
export async function downloadPackage(
  name: string,
  target: string,
  options: { signal?: AbortSignal | undefined; onLine?: (line: string) => void },
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "drydock-deb-"));
  try {
    const { signal, onLine } = options;
    await download(name, { signal, onLine, cwd: scratch });
    const [file] = (await readdir(scratch)).filter((entry) => entry.endsWith(".deb"));
    if (file === undefined) {
      throw new Unavailable(`apt-get download ${name} brought nothing`);
    }
    await runCommand("dpkg-deb", ["-x", join(scratch, file), target], { signal });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Old package lists name files that are no longer kept, and a new machine has none: then they are fetched, once. */
async function download(name: string, options: Parameters<typeof runCommand>[2]): Promise<void> {
  const download = ["-o", "APT::Sandbox::User=root", "download", name];
  try {
    await runCommand("apt-get", download, options);
  } catch (error) {
    if (!isEngineError(error, "unavailable")) {
      throw error;
    }
    await runCommand("apt-get", ["update"], options);
    await runCommand("apt-get", download, options);
  }
}

/** The version of the program in a package, as this machine's lists have it; undefined: they do not, or not yet. */
export async function packageVersion(name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const found = await runCommand("apt-cache", ["policy", name], { signal }).catch((error: unknown) => {
    if (isEngineError(error, "unavailable")) return "";
    throw error;
  });
  // `4:12.2.0-3`: an epoch before the program's own version, Debian's revision behind it.
  return /^ *Candidate: (?:\d+:)?(\d+(?:\.\d+)*)/m.exec(found)?.[1];
}
