import { type HostMachine, sourceOf } from "./host-machine.ts";

/** Distributions that learners ask for, by their image, and what theirs is to be told from ours by. */
const distributions: ReadonlyMap<string, string> = new Map(
  Object.entries({
    alpine: "Alpine",
    amazonlinux: "Amazon Linux",
    archlinux: "Arch Linux",
    centos: "CentOS",
    debian: "Debian",
    fedora: "Fedora",
    rockylinux: "Rocky Linux",
    ubuntu: "Ubuntu",
  }),
);

/**
 * Why no stand-in is made of another distribution, or of a program on it (`node:22-alpine`): under that name its
 * package manager would be missing, or a different one. Undefined for all else.
 */
export function ofAnother(
  name: string,
  tag: string | undefined,
  host: Pick<HostMachine, "distribution" | "codename" | "version">,
): string | undefined {
  const isAlpine = /(?:^|-)alpine/.test(tag ?? "");
  const theirs = isAlpine ? "Alpine" : distributions.get(name);
  if (theirs === undefined || name === host.distribution) {
    return undefined;
  }
  const own = `${host.distribution}:${host.version}`;
  const use = name === "alpine" ? `${own} with apt-get in the place of apk, or busybox` : isAlpine ? name : own;
  return `it is made of ${theirs}'s own packages, and this machine has ${sourceOf(host)} (use ${use})`;
}
