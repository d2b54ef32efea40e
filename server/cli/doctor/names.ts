import { spawnSync } from "node:child_process";
import { lookup } from "node:dns/promises";
import { globSync } from "node:fs";
import { onPath } from "../apt.ts";
import { bad, type Finding, ok } from "./finding.ts";

/** A host that builds on this machine will ask for: where its packages come from. */
export function probeName(): string {
  const { stdout } = spawnSync("apt-get", ["indextargets", "--format", "$(REPO_URI)"], { encoding: "utf8" });
  const hosts = [...(stdout ?? "").matchAll(/^https?:\/\/([a-z0-9.-]*[a-z][a-z0-9.-]*)[:/]/gim)].map(
    (match) => match[1],
  );
  return hosts.find((host) => host !== "localhost") ?? "debian.org";
}

export function isFoundOnHost(name: string): Promise<boolean> {
  return lookup(name).then(
    () => true,
    () => false,
  );
}

export async function checkNames(isFound = isFoundOnHost): Promise<Finding> {
  const name = probeName();
  return (await isFound(name))
    ? ok("DNS", `${name} is found`)
    : bad("note", "DNS", `${name} is not found`, "check /etc/resolv.conf if this machine should reach the internet");
}

/** What local stand-ins for base images are made with, where no registry can be reached. */
export function checkImageSources(): Finding {
  const name = "local base images";
  if (onPath("apt-get") === undefined) {
    return bad("note", name, "no apt here to make them with", "they come from a registry or './drydock images load'");
  }
  if (onPath("mmdebstrap") === undefined) {
    return bad("warning", name, "mmdebstrap is not installed", "sudo ./drydock up installs it");
  }
  if (globSync("/var/lib/apt/lists/*_Packages*").length === 0) {
    return bad("warning", name, "apt has no package lists", "apt-get update");
  }
  return ok(name, "can be made from this machine's packages");
}
