import { InvalidArgument } from "../errdefs/errors.ts";
import type { Descriptor, Platform } from "./types.ts";

/** Names of architectures that mean one of GOARCH's (containerd platforms, normalizeArch). */
const aliases: Record<string, [architecture: string, variant?: string]> = {
  x86_64: ["amd64"],
  "x86-64": ["amd64"],
  x64: ["amd64"],
  i386: ["386"],
  i686: ["386"],
  ia32: ["386"],
  aarch64: ["arm64"],
  armhf: ["arm", "v7"],
  armel: ["arm", "v6"],
  ppc64el: ["ppc64le"],
};

/** What containerd's platforms knows by its name alone (database.go). */
const knownArchitectures = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 " +
    "mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);
const knownSystems = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos".split(
    " ",
  ),
);

/** This machine's platform, in GOARCH's names. */
export function hostPlatform(arch: string = process.arch): Platform {
  return normalisePlatform({ os: "linux", architecture: arch });
}

function systemOf(name: string): string {
  const system = name.toLowerCase();
  return system === "macos" ? "darwin" : system;
}

/** One spelling per platform: `macos` is `darwin`, `aarch64` is `arm64`, `arm64/v8` is `arm64`, `arm` is `arm/v7`. */
export function normalisePlatform(platform: Platform): Platform {
  const os = systemOf(platform.os);
  const given = platform.architecture.toLowerCase();
  const [architecture, aliasVariant] = aliases[given] ?? [given];
  let variant = platform.variant?.toLowerCase() ?? aliasVariant;
  if (architecture === "arm64" && (variant === "v8" || variant === "8")) {
    variant = undefined;
  } else if (architecture === "amd64" && variant === "v1") {
    variant = undefined;
  } else if (architecture === "arm") {
    variant = variant === undefined || variant === "" ? "v7" : variant.startsWith("v") ? variant : `v${variant}`;
  }
  return platformOf({ ...platform, os, architecture, variant: variant ?? "" });
}

/** What an image's configuration says of its platform. */
export function platformOf({ os, architecture, variant, "os.version": version }: Platform): Platform {
  return { os, architecture, ...(variant ? { variant } : {}), ...(version ? { "os.version": version } : {}) };
}

const component = /^[A-Za-z0-9_.-]+$/;
const systemAndVersion = /^([A-Za-z0-9_-]+)\(([A-Za-z0-9_.-]*)\)$/;

/** `linux/arm64/v8`, `linux/amd64`, `arm64`, `linux`, `windows(10.0.17763)/amd64`. @throws InvalidArgument in the words of containerd's platforms.Parse */
export function parsePlatform(text: string): Platform {
  const quoted = JSON.stringify(text);
  if (text.includes("*")) {
    throw new InvalidArgument(`${quoted}: wildcards not yet supported: invalid argument`);
  }
  const [, system, version] = systemAndVersion.exec(text.split("/", 1)[0] ?? "") ?? [];
  if (system !== undefined) {
    const platform = parsePlatform([system, ...text.split("/").slice(1)].join("/"));
    return platformOf({ ...platform, "os.version": version ?? "" });
  }
  const parts = text.split("/");
  const wrong = parts.find((part) => !component.test(part));
  if (wrong !== undefined) {
    throw new InvalidArgument(
      `${JSON.stringify(wrong)} is an invalid component of ${quoted}: platform specifier component must match "${component.source}": invalid argument`,
    );
  }
  if (parts.length > 3) {
    throw new InvalidArgument(`${quoted}: cannot parse platform specifier: invalid argument`);
  }
  const [first = "", second, third] = parts;
  if (second === undefined) {
    const os = systemOf(first);
    if (knownSystems.has(os)) {
      return { ...hostPlatform(), os };
    }
    const alone = normalisePlatform({ os: "linux", architecture: first });
    if (!knownArchitectures.has(alone.architecture)) {
      throw new InvalidArgument(`${quoted}: unknown operating system or architecture: invalid argument`);
    }
    return alone;
  }
  return normalisePlatform({ os: first, architecture: second, ...(third === undefined ? {} : { variant: third }) });
}

/** `linux/arm/v7`, `windows(10.0.17763)/amd64` */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant, "os.version": version } = normalisePlatform(platform);
  const system = version === undefined ? os : `${os}(${version})`;
  return [system, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

/**
 * How well `offered` runs on `wanted`: 0 best, larger worse, undefined not at all. A processor runs the code of
 * lower variants, too (arm v7 runs v6; amd64/v3 runs v2).
 */
export function platformDistance(wanted: Platform, offered: Platform): number | undefined {
  const want = normalisePlatform(wanted);
  const offer = normalisePlatform(offered);
  if (want.os !== offer.os || want.architecture !== offer.architecture || !sameRelease(want, offer)) {
    return undefined;
  }
  const distance = level(want) - level(offer);
  return distance < 0 ? undefined : distance;
}

/** Windows runs what is of its own release: `10.0.17763`, whatever comes behind it. One that is not named is any. */
function sameRelease({ "os.version": wanted }: Platform, { "os.version": offered }: Platform): boolean {
  const release = (version: string): string => version.split(".", 3).join(".");
  return wanted === undefined || offered === undefined || release(wanted) === release(offered);
}

/** The entry of an index that runs best on `wanted`, the first of equals; undefined if none does. */
export function selectManifest(manifests: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  let best: { descriptor: Descriptor; distance: number } | undefined;
  for (const descriptor of manifests) {
    if (descriptor.platform === undefined) {
      continue;
    }
    const distance = platformDistance(wanted, descriptor.platform);
    if (distance !== undefined && (best === undefined || distance < best.distance)) {
      best = { descriptor, distance };
    }
  }
  // An index without platforms of a single image: take it, the config is checked afterwards.
  const [only, ...others] = manifests;
  return best?.descriptor ?? (only?.platform === undefined && others.length === 0 ? only : undefined);
}

function level(platform: Platform): number {
  const match = /^v([0-9]+)/.exec(platform.variant ?? "");
  if (match?.[1] !== undefined) {
    return Number(match[1]);
  }
  return platform.architecture === "arm64" ? 8 : 1;
}
