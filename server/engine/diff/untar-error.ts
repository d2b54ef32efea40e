import { isEngineError, messageOf, Unknown } from "../errdefs/errors.ts";

/**
 * An archive that cannot be unpacked, told as dockerd tells it: it unpacks in a process of its own (moby,
 * pkg/chrootarchive), and has no class for what that says. Other errors are left as they are.
 */
export function untarError(error: unknown): unknown {
  if (!isEngineError(error, "invalid_argument")) {
    return error;
  }
  const message = messageOf(error);
  const short = message.startsWith("not a valid tar archive") && /too short|cut short/.test(message);
  return new Unknown(`Error processing tar file(exit status 1): ${short ? "unexpected EOF" : message}`, {
    cause: error,
  });
}
