import { spawnSync } from "node:child_process";

/** Why stand-ins cannot be made here; undefined if they can. */
export function whyNoStandIns(): string | undefined {
  if (process.getuid?.() !== 0) {
    return "needs root";
  }
  const missing = ["apt-get", "dpkg-deb", "mmdebstrap", "unshare"].filter(
    (name) => spawnSync("which", [name]).status !== 0,
  );
  if (missing.length > 0) {
    return `needs ${missing.join(", ")}`;
  }
  const probe = spawnSync("apt-get", ["download", "--print-uris", "busybox-static"], { cwd: "/tmp" });
  return probe.status === 0 ? undefined : "no package source knows busybox-static: run apt-get update";
}
