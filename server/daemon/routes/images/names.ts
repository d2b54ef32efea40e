import { InvalidArgument, isEngineError, PermissionDenied, Unknown } from "../../../engine/errdefs/errors.ts";
import { isDigest } from "../../../engine/oci/digest.ts";
import { familiarName, isTag, parseName } from "../../../engine/reference/reference.ts";

/**
 * The API's two parameters for one name: of `repo` only the name counts where there is a `tag`, which may be a digest.
 * Old clients end a name whose tags are all meant with a colon.
 * @throws InvalidArgument in dockerd's words
 */
export function referenceOf(repo: string, tag: string | undefined): string {
  const name = repo.replace(/:$/, "");
  const parsed = parseName(name);
  if (tag === undefined) {
    return name;
  }
  if (!isDigest(tag) && !isTag(tag)) {
    throw new InvalidArgument("invalid tag format");
  }
  return `${familiarName(parsed)}${isDigest(tag) ? "@" : ":"}${tag}`;
}

/** @throws PermissionDenied for `scratch`, which is no image */
export function refuseReserved(reference: string): void {
  const name = familiarName(parseName(reference));
  if (name === "scratch") {
    throw new PermissionDenied(`'${name}' is a reserved name`);
  }
}

/** For routes whose mistakes dockerd has no class for: they answer 500. */
export function unclassed<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw isEngineError(error, "invalid_argument") ? new Unknown(error.message, { cause: error }) : error;
  }
}
