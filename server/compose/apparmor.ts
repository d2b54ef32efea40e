import { spawnSync } from "node:child_process";
import { hasAppArmor, profileName, profileText } from "../engine/runtime/spec/apparmor.ts";

/** apparmor_parser(8), of the package apparmor; PATH need not have its directory. */
const parsers = ["apparmor_parser", "/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"];

/**
 * Loads our profile into the kernel, anew at each start.
 * @param candidates of the program that does it
 * @returns its name; undefined where there is no AppArmor, or it could not be loaded, which is told
 */
export function loadAppArmor(
  log: (line: string) => void,
  { enabled = hasAppArmor(), candidates = parsers }: { enabled?: boolean; candidates?: readonly string[] } = {},
): string | undefined {
  if (!enabled) return undefined;
  const without = `containers go without the AppArmor profile ${profileName}`;
  for (const program of candidates) {
    const options = { input: profileText, encoding: "utf8", timeout: 30_000 } as const;
    const { status, error, stderr } = spawnSync(program, ["--replace", "--skip-cache"], options);
    if (status === 0) return profileName;
    if (error !== undefined && "code" in error && error.code === "ENOENT") continue;
    log(`${without}: ${program}: ${error?.message ?? stderr.trim()}`);
    return undefined;
  }
  log(`${without}: apparmor_parser is not installed; install the package apparmor`);
  return undefined;
}
