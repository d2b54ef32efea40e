import { spawnSync } from "node:child_process";
import { matureCrun } from "../engine/runtime/drivers/preferred-runtime.ts";
import { hasAppArmor } from "../engine/runtime/spec/apparmor.ts";
import { isAtLeast } from "../engine/runtime/drivers/version.ts";

/** Debian and Ubuntu packages, by what needs them. */
export interface PackageNeed {
  /** any of these on PATH means the need is met */
  commands: string[];
  package: string;
  why: string;
  /** go on without it where the machine's package sources have none */
  optional?: true;
}

/** What a running Drydock needs. */
export const productPackages: PackageNeed[] = [
  { commands: ["crun"], package: "crun", why: "runs containers" },
  { commands: ["nft"], package: "nftables", why: "networks: NAT and published ports" },
  { commands: ["ip"], package: "iproute2", why: "checks that bridges and veth pairs can be made" },
  { commands: ["mmdebstrap"], package: "mmdebstrap", why: "base images when no registry can be reached" },
  { commands: ["setpriv"], package: "util-linux", why: "runs web, and what decompresses, without privilege" },
  { commands: ["tini", "docker-init", "catatonit"], package: "tini", why: "docker run --init" },
  { commands: ["ps"], package: "procps", why: "docker top" },
  { commands: ["modprobe"], package: "kmod", why: "loads the overlay module" },
  { commands: ["update-ca-certificates"], package: "ca-certificates", why: "registries over TLS" },
  { commands: ["xz"], package: "xz-utils", why: "unpacks .tar.xz" },
  { commands: ["zstd"], package: "zstd", why: "unpacks .tar.zst" },
  { commands: ["bzip2"], package: "bzip2", why: "unpacks .tar.bz2" },
  { commands: ["git"], package: "git", why: "builds from Git repositories", optional: true },
  { commands: ["igzip"], package: "isal", why: "compresses and unpacks layers quickly", optional: true },
];

/** What is needed where the distribution's crun, once installed, is found to be too old to be the default, and what this kernel can do. */
export function packagesOfMachine(): PackageNeed[] {
  const { stdout } = spawnSync("crun", ["--version"], { encoding: "utf8" });
  const runc: PackageNeed = { commands: ["runc"], package: "runc", why: "runs containers: crun is old here" };
  const parser: PackageNeed = {
    commands: ["apparmor_parser"],
    package: "apparmor",
    why: "loads the profile that confines containers",
    optional: true,
  };
  return [...(isOldCrun(stdout ?? "") ? [runc] : []), ...(hasAppArmor() ? [parser] : [])];
}

/** @param said by `crun --version` */
export function isOldCrun(said: string): boolean {
  const version = /(\d+\.\d+)/.exec(said)?.[1];
  return version !== undefined && !isAtLeast(version, matureCrun);
}

/** What the tests need on top. */
export const testPackages: PackageNeed[] = [
  {
    commands: ["chromium-headless-shell"],
    package: "chromium-headless-shell",
    why: "end-to-end tests",
    optional: true,
  },
  { commands: ["docker-registry"], package: "docker-registry", why: "pull and push tests" },
  { commands: ["runc"], package: "runc", why: "the second runtime" },
  { commands: ["runsc"], package: "runsc", why: "the third runtime (gVisor)", optional: true },
  { commands: ["skopeo"], package: "skopeo", why: "a second registry client" },
  { commands: ["slirp4netns"], package: "slirp4netns", why: "network of the bare root" },
  { commands: ["setfattr"], package: "attr", why: "extended attributes in layer tests" },
  { commands: ["mkfs.ext4"], package: "e2fsprogs", why: "small disks that tests fill" },
  { commands: ["curl"], package: "curl", why: "HTTP steps of recorded sessions" },
  { commands: ["socat"], package: "socat", why: "network tests" },
  { commands: ["apparmor_parser"], package: "apparmor", why: "the profile's test", optional: true },
  { commands: ["docker-compose"], package: "docker-compose", why: "Compose against the engine", optional: true },
  { commands: ["busybox"], package: "busybox-static", why: "the smallest base image" },
  { commands: ["pg_ctlcluster"], package: "postgresql", why: "the page's database where several webs share it" },
  { commands: ["redis-server"], package: "redis-server", why: "what several webs share beside it" },
  { commands: ["python3"], package: "python3", why: "pseudo-terminal tests of the docker CLI" },
];
