import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { FailedPrecondition } from "../errdefs/errors.ts";
import { aptSettings, distributionSources } from "./apt-settings.ts";

/** What the stand-ins take over from this machine, so that apt, npm and pip work in them as they do here. */
export interface HostMachine {
  /** `debian` or `ubuntu` */
  distribution: "debian" | "ubuntu";
  /** `bookworm`, `noble` */
  codename: string;
  /** `12`, `24.04` */
  version: string;
  /** one-line apt sources of the distribution itself (sources.list(5)) */
  aptSources: string[];
  /** apt.conf(5) lines that say how to reach the sources: proxies, retries, date checks */
  aptSettings: string[];
  /** certificate authorities that the operator added: file name and PEM */
  authorities: { name: string; pem: string }[];
  /** lines of an npmrc: another registry, if this machine uses one */
  npmSettings: string[];
  /** lines of the `[global]` section of a pip.conf */
  pipSettings: string[];
}

/** What stand-ins are made of: `Debian bookworm packages`. */
export function sourceOf({ distribution, codename }: Pick<HostMachine, "distribution" | "codename">): string {
  return `${distribution === "ubuntu" ? "Ubuntu" : "Debian"} ${codename} packages`;
}

const authorityDirectory = "/usr/local/share/ca-certificates";

/** Reads the machine's settings. @throws FailedPrecondition on another distribution than Debian and Ubuntu */
export async function readHostMachine(): Promise<HostMachine> {
  const release = parseRelease(await readFile("/etc/os-release", "utf8"));
  const like = [release["ID"], ...(release["ID_LIKE"] ?? "").split(" ")];
  const distribution = like.includes("ubuntu") ? "ubuntu" : like.includes("debian") ? "debian" : undefined;
  const codename = (distribution === "ubuntu" ? release["UBUNTU_CODENAME"] : undefined) ?? release["VERSION_CODENAME"];
  if (distribution === undefined || codename === undefined || !/^[a-z]+$/.test(codename)) {
    throw new FailedPrecondition(
      `local stand-ins are made from Debian or Ubuntu packages, and this machine runs ${release["PRETTY_NAME"] ?? "something else"}: give a base image with ./drydock images load`,
    );
  }
  return {
    distribution,
    codename,
    version: release["VERSION_ID"] ?? codename,
    aptSources: await distributionSources(distribution, codename),
    aptSettings: await aptSettings(),
    authorities: await readAuthorities(),
    npmSettings: await readNpmSettings(),
    pipSettings: await readPipSettings(),
  };
}

/** os-release(5) */
export function parseRelease(text: string): Record<string, string> {
  const entries = text.split("\n").flatMap((line) => {
    const match = /^([A-Z_]+)=(?:"(.*)"|(.*))$/.exec(line.trim());
    return match?.[1] === undefined ? [] : [[match[1], match[2] ?? match[3] ?? ""] as const];
  });
  return Object.fromEntries(entries);
}

async function readAuthorities(): Promise<HostMachine["authorities"]> {
  const names = await readdir(authorityDirectory).catch(emptyIfMissing);
  const pems = names.filter((name) => name.endsWith(".crt")).toSorted();
  return await Promise.all(
    pems.map(async (name) => ({ name, pem: await readFile(join(authorityDirectory, name), "utf8") })),
  );
}

/** Only where packages come from; never tokens or passwords, which are the operator's own. */
async function readNpmSettings(): Promise<string[]> {
  const texts = await readFirst(["/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc", join(homedir(), ".npmrc")]);
  const environment = process.env["npm_config_registry"];
  const lines = texts
    .flatMap((text) => text.split("\n"))
    .concat(environment === undefined ? [] : [`registry=${environment}`])
    .map((line) => line.trim())
    .filter((line) => /^(@[^:=]+:)?registry\s*=\s*https?:\/\/[^@\s]+$/.test(line));
  return [...new Set(lines)];
}

async function readPipSettings(): Promise<string[]> {
  const texts = await readFirst([
    "/etc/pip.conf",
    join(homedir(), ".config/pip/pip.conf"),
    join(homedir(), ".pip/pip.conf"),
  ]);
  const environment = process.env["PIP_INDEX_URL"];
  const lines = texts
    .flatMap((text) => text.split("\n"))
    .concat(environment === undefined ? [] : [`index-url = ${environment}`])
    .map((line) => line.trim())
    .filter((line) => /^(index-url|extra-index-url)\s*=\s*https?:\/\/[^@\s]+$|^trusted-host\s*=\s*\S+$/.test(line));
  return [...new Set(lines)];
}

async function readFirst(paths: readonly string[]): Promise<string[]> {
  return await Promise.all(paths.map((path) => readFile(path, "utf8").catch(() => "")));
}

function emptyIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") {
    return [];
  }
  throw error;
}
