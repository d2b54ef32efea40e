import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { hasAppArmor, profileName } from "../../engine/runtime/spec/apparmor.ts";
import { onPath } from "../apt.ts";
import { bad, type Finding, ok } from "./finding.ts";

/** @param version as uname(1) has it: `6.1.0-18-amd64` */
export function checkKernel(version = release()): Finding {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  const number = major * 1000 + minor;
  if (number < 5010) {
    return bad(
      "blocker",
      "kernel",
      version,
      "Linux 5.10 or newer is needed; 5.19 or newer shares layers between learners",
    );
  }
  if (number < 5019) {
    return bad(
      "warning",
      "kernel",
      `${version} cannot shift the owners of overlay layers`,
      "layers are copied per container, which is slow: install a kernel of 5.19 or newer (Ubuntu 22.04: linux-generic-hwe-22.04)",
    );
  }
  return ok("kernel", version);
}

/** Tries the calls for real in throw-away namespaces, since configuration files do not tell what a sandbox forbids. */
function tryInNamespace(name: string, flags: string[], script: string, advice: string): Finding {
  const result = spawnSync("unshare", [...flags, "sh", "-ec", script], { encoding: "utf8" });
  if (result.status === 0) return ok(name, "works");
  const detail =
    (result.stderr || result.error?.message || `exit code ${result.status}`).trim().split("\n").at(-1) ?? "";
  return bad("blocker", name, detail, advice);
}

export function checkOverlay(): Finding {
  const script =
    'd=$(mktemp -d); mount -t tmpfs t "$d"; mkdir "$d/l" "$d/u" "$d/w" "$d/m"; mount -t overlay o -o "lowerdir=$d/l,upperdir=$d/u,workdir=$d/w" "$d/m"; echo x >"$d/m/f"; umount "$d/m"; umount "$d"; rmdir "$d"';
  return tryInNamespace(
    "overlayfs",
    ["--mount"],
    script,
    "load it with 'modprobe overlay', or use a kernel that has it (CONFIG_OVERLAY_FS)",
  );
}

export function checkUserNamespaces(): Finding {
  return tryInNamespace(
    "user namespaces",
    ["--user", "--map-root-user", "--net", "--pid", "--fork", "--ipc", "--uts", "--mount"],
    "true",
    "allow them: sysctl -w user.max_user_namespaces=100000 (and, on Ubuntu 24.04, kernel.apparmor_restrict_unprivileged_userns=0 if it says so)",
  );
}

/** What it would add is no condition of anything. @param parameters of the kernel's module */
export function checkAppArmor(parameters?: string, find: (name: string) => string | undefined = onPath): Finding {
  const others = "user namespaces, capabilities and seccomp confine containers";
  if (!hasAppArmor(parameters)) {
    const advice = "whoever needs one wall more runs containers with gVisor (docs/security.md)";
    return bad("note", "AppArmor", `not in this kernel: ${others}`, advice);
  }
  return find("apparmor_parser") === undefined
    ? bad("warning", "AppArmor", `in this kernel, but no profile can be loaded: ${others}`, "apt-get install apparmor")
    : ok("AppArmor", `containers have the profile ${profileName}`);
}

export function checkNftables(): Finding {
  const rules =
    "add table ip drydock_doctor; add chain ip drydock_doctor c { type nat hook postrouting priority 100; }; add rule ip drydock_doctor c masquerade";
  return tryInNamespace(
    "nftables",
    ["--net"],
    `nft '${rules}'`,
    "install nftables, and load nf_tables and nft_masq (modprobe nf_tables)",
  );
}

export function checkBridge(): Finding {
  return tryInNamespace(
    "bridge and veth",
    ["--net"],
    "ip link add b0 type bridge; ip link add v0 type veth peer name v1; ip link set v0 master b0",
    "load the modules: modprobe bridge; modprobe veth",
  );
}

/** @param root where control groups are mounted. @param mountTable in the form of /proc/self/mounts */
export function checkCgroups(root = "/sys/fs/cgroup", mountTable = readFileSync("/proc/self/mounts", "utf8")): Finding {
  const controllers = join(root, "cgroup.controllers");
  if (existsSync(controllers)) {
    return missingControllers("v2", readFileSync(controllers, "utf8").trim().split(" "));
  }
  const mounts = mountTable.split("\n").map((line) => line.split(" "));
  const have = mounts.filter((fields) => fields[2] === "cgroup").flatMap((fields) => (fields[3] ?? "").split(","));
  if (have.length === 0) {
    return bad(
      "blocker",
      "cgroups",
      "no cgroup file system is mounted at /sys/fs/cgroup",
      "mount cgroup v2: mount -t cgroup2 none /sys/fs/cgroup",
    );
  }
  const hybrid = mounts.some((fields) => fields[2] === "cgroup2");
  return missingControllers(hybrid ? "v1 hybrid" : "v1", have);
}

function missingControllers(version: string, have: string[]): Finding {
  const missing = ["memory", "cpu", "pids"].filter((controller) => !have.includes(controller));
  if (missing.length > 0) {
    return bad(
      "warning",
      "cgroups",
      `${version}, without ${missing.join(", ")}`,
      "limits on these have no effect; boot with cgroup_enable=memory, or enable the controllers",
    );
  }
  return ok("cgroups", version);
}
