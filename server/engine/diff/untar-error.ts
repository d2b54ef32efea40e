import { shortArchive, wrongHeader } from "./tar/tar-reader.ts";
import { isEngineError, messageOf, Unknown } from "../errdefs/errors.ts";

/** What Go's reader of archives says of the same, by detail. */
export const goWords: ReadonlyMap<unknown, string> = new Map([
  [shortArchive, "unexpected EOF"],
  [wrongHeader, "archive/tar: invalid tar header"],
]);

/**
 * An archive that cannot be unpacked, told as dockerd tells it: it unpacks in a process of its own (moby,
 * pkg/chrootarchive), and has no class for what that says. Other errors are left as they are.
 * @param directory into which it was unpacked
 */
export function untarError(error: unknown, directory = "/"): unknown {
  if (!isEngineError(error, "invalid_argument")) {
    return error;
  }
  const told =
    goWords.get(error.detail) ??
    messageOf(error).replace(
      /^the entry (".*") leads out of the archive$/,
      `$1 is outside of ${JSON.stringify(directory)}`,
    );
  return new Unknown(`Error processing tar file(exit status 1): ${told}`, { cause: error });
}
