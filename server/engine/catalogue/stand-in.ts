import type { ImageConfig } from "../oci/types.ts";
import { familiarName, familiarString, type Reference } from "../reference/reference.ts";
import type { Recipe } from "./recipe.ts";

/** Labels of every stand-in begin with it: itself ("true"), `.name`, `.version`, `.source`. */
export const standInLabel = "io.drydock.stand-in";

const labelOf = ({ config }: ImageConfig, name: string): string => config?.Labels?.[`${standInLabel}.${name}`] ?? "";

/**
 * What a stand-in really is: `python 3.11.2, made from Debian bookworm packages`; under a `name` that promises another
 * version, `python:3.12-slim`: `python 3.11.2 instead of 3.12, made from Debian bookworm packages`.
 */
export function standInText(config: ImageConfig, name = ""): string {
  const version = labelOf(config, "version");
  const asked = /:([0-9]+(?:\.[0-9]+)*)(?:-[^/]*)?$/.exec(name)?.[1];
  const other = asked === undefined || `${version}.`.startsWith(`${asked}.`) ? "" : `${insteadOf}${asked}`;
  const what = [labelOf(config, "name"), version].filter((part) => part !== "").join(" ");
  return `${what}${other}, made from ${labelOf(config, "source")}`;
}

const insteadOf = " instead of ";

/** What a build says of a stand-in of another version than was asked for, at its FROM; undefined when it is that one. */
export function standInNote(name: string, text: string | undefined): string | undefined {
  return text?.includes(insteadOf) === true ? `[Note] ${name} is a local stand-in: ${text}` : undefined;
}

/**
 * Why a stand-in cannot serve the tag: programs promise to stay compatible within a major version, so `python:3.12` may
 * be 3.11, and `node:18` may not be 24. Undefined if it can. Distributions take tags of their own release only.
 * @param version undefined: not known (yet)
 */
export function wrongMajor({ kind }: Recipe, reference: Reference, version: string | undefined): string | undefined {
  const wanted = /^[0-9]+/.exec(reference.tag ?? "")?.[0];
  const major = version?.split(".")[0];
  if (kind === "distribution" || wanted === undefined || major === undefined || wanted === major) {
    return undefined;
  }
  const name = familiarName(reference);
  return `there is no local stand-in for ${familiarString(reference)}: the one here is ${name} ${version} (use ${name}:${major})`;
}

/** `12.2.0`, of what a stand-in is about. */
export function versionOf(config: ImageConfig): string | undefined {
  return /[0-9]+(\.[0-9]+)*/.exec(labelOf(config, "version"))?.[0];
}
