import type { ImageRunConfig } from "../oci/types.ts";
import type { HostMachine } from "./host-machine.ts";

/** A file or tree of this machine that goes into the image. */
export interface RecipeCopy {
  from: string;
  /** absolute path in the image */
  to: string;
}

export interface RecipeFile {
  /** absolute path in the image */
  path: string;
  content: string;
  /** e.g. 0o755; default 0o644 */
  mode?: number;
}

/** How one stand-in is made. Data: what is done with it is in `root-filler.ts`. */
export interface Recipe {
  /** familiar name: `python`, `drydock/workstation` */
  name: string;
  summary: string;
  /** `nothing`: its own files only; `distribution`: the distribution itself; `base`: a layer on the distribution */
  kind: "nothing" | "distribution" | "base";
  /** Which tags it stands in for. */
  acceptsTag: (tag: string, host: HostMachine) => boolean;
  /** Debian packages; recommended ones are not installed */
  packages?: (host: HostMachine) => string[];
  files?: (host: HostMachine) => RecipeFile[];
  /** Copied after the packages; what has to be unpacked for it goes into `scratch`. */
  copies?: (scratch: string) => Promise<RecipeCopy[]>;
  /** `sh -eu` in the image, last */
  setup?: string;
  /** Prints the version of what the image is about, run in the image. */
  version?: string;
  /** The version that it will have, if that is known before it is made. */
  expectedVersion?: (signal: AbortSignal | undefined) => Promise<string | undefined>;
  config: (host: HostMachine) => ImageRunConfig;
}

export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Tags that a stand-in of a program takes: `latest`, a version, with or without the distribution's names. Which
 * version the stand-in really has is said while it is pulled. Alpine and Windows variants are something else.
 */
export function programTag(tag: string, host: HostMachine): boolean {
  const parts = tag.split("-");
  const codenames = ["bookworm", "bullseye", "trixie", "buster", "jammy", "noble", host.codename];
  return parts.every(
    (part, index) =>
      (index === 0 &&
        (/^[0-9]+(\.[0-9]+){0,3}$/.test(part) || ["latest", "lts", "current", "stable", "mainline"].includes(part))) ||
      part === "slim" ||
      codenames.includes(part),
  );
}
