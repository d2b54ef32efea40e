import {
  type EngineError,
  InvalidArgument,
  Internal,
  messageOf,
  ResourceExhausted,
  Unknown,
} from "../errdefs/errors.ts";
import { hasNoRoom } from "../mount/disk-space.ts";

/** What went wrong when a program was to be started: decides Docker's exit code (127, 126) and status (400). */
interface StartFailure {
  pattern: RegExp;
  text: (match: RegExpExecArray, program: string, sources: MountSources) => string;
}

/** What a client gave as the source of a mount, by destination: the runtime knows another path. */
export type MountSources = ReadonlyMap<string, string>;

/**
 * Texts of crun, runc and runsc for the failures that a user causes, and what runc says of them: clients and their
 * users know runc's words, and derive exit code 127 or 126 from them.
 */
const startFailures: StartFailure[] = [
  {
    // crun: "executable file `foo` not found in $PATH: No such file or directory", also for a path with a slash
    // (1.21: "executable file `/x/foo` not found: …")
    // runc: `exec: "foo": executable file not found in $PATH`
    pattern: /executable file (?:[`'"].*[`'"] )?not found(?: in \$PATH|:)|error finding executable .* in PATH/i,
    text: (_, program) =>
      program.includes("/")
        ? `exec: ${JSON.stringify(program)}: stat ${program}: no such file or directory`
        : `exec: ${JSON.stringify(program)}: executable file not found in $PATH`,
  },
  {
    // crun: "chdir `/x`: No such file or directory", runc: `chdir to cwd ("/x") set in config.json failed: …`
    pattern: /chdir (?:to )?(?:cwd \()?[`'"]([^`'"]*)[`'"]\)?(?: set in config\.json failed)?: ([A-Za-z ]+)/i,
    text: (match) => `chdir to cwd (${JSON.stringify(match[1])}) set in config.json failed: ${match[2]?.toLowerCase()}`,
  },
  {
    // crun, when a file lies where the working directory should be
    pattern: /mkdir [`']?([^`']*)[`']?: (Not a directory)/i,
    text: (match) => `chdir to cwd (${JSON.stringify(match[1])}) set in config.json failed: not a directory`,
  },
  {
    // crun: "open executable: Permission denied" ("Operation not permitted" for a directory), "the path `/x` exists but it is not executable: …" or "is not a regular file" (1.21)
    // runc: `exec: "foo": permission denied`
    pattern:
      /(?:open executable|exec\S*:? .*|execv\S*): permission denied|open executable: operation not permitted|exists but it is not executable|the path .* is not a regular file/i,
    text: (_, program) =>
      `exec: ${JSON.stringify(program)}: ${program === "" ? "executable file not found in $PATH" : "permission denied"}`,
  },
  {
    // crun: "exec container process `/foo`: No such file or directory"
    // runc: `exec: "/foo": stat /foo: no such file or directory`, and `exec /foo: …` for a missing interpreter
    pattern: /(?:exec(?: container process)?:? .*|stat .*|open executable): no such file or directory/i,
    text: (_, program) => `exec: ${JSON.stringify(program)}: stat ${program}: no such file or directory`,
  },
  {
    // crun, a directory on a file or a file on a directory: "mount `<source>` to `etc/passwd`: Not a directory"
    pattern: /mount [`'"][^`'"]*[`'"] to [`'"]\/?([^`'"]*)[`'"]: Not a directory/,
    text: (match, _, sources) => {
      const target = `/${match[1]}`;
      const source = sources.get(target) ?? "";
      if (source === "") {
        return `error during container init: error mounting "tmpfs" to rootfs at ${JSON.stringify(target)}: mount tmpfs:${target} (via /proc/self/fd/6), flags: 0xe: not a directory`;
      }
      return `error during container init: error mounting ${JSON.stringify(source)} to rootfs at ${JSON.stringify(target)}: mount ${source}:${target} (via /proc/self/fd/6), flags: 0x5000: not a directory`;
    },
  },
  {
    // crun, when a file lies where the mount point should be: "open `<rootfs>/etc/passwd/x`: Not a directory"
    pattern: /open [`'"][^`'"]*\/rootfs(\/[^`'"]*)[`'"]: Not a directory/,
    text: (match) =>
      `error during container init: error mounting to rootfs at ${JSON.stringify(match[1])}: not a directory`,
  },
  {
    pattern: /exec format error/i,
    text: (_, program) => `exec ${program}: exec format error`,
  },
  {
    pattern: /exec.*is a directory/i,
    text: (_, program) => `exec: ${JSON.stringify(program)}: is a directory`,
  },
];

/** A network namespace has this setting of its own; where a user namespace has made it, older kernels do not show it. */
const somaxconn = "/proc/sys/net/core/somaxconn";
const onlySince = ": containers' user namespaces have it since Linux 6.11; leave the setting out here";

/** What fails without being the program's, so that dockerd answers 500. */
const initFailures: StartFailure[] = [
  {
    // crun: "the sysctl `net.x` requires a new network namespace"
    pattern: /the sysctl [`'"]([^`'"]*)[`'"] requires a new network namespace/,
    text: (match) => `sysctl ${JSON.stringify(match[1])} not allowed in host network namespace`,
  },
  {
    pattern: /the sysctl [`'"]([^`'"]*)[`'"] requires a new IPC namespace/,
    text: (match) => `sysctl ${JSON.stringify(match[1])} is not allowed in the hosts ipc namespace`,
  },
  {
    pattern: /the sysctl [`'"]([^`'"]*)[`'"] is not namespaced/,
    text: (match) => `sysctl ${JSON.stringify(match[1])} is not in a separate kernel namespace`,
  },
  {
    // crun sets the limits before it makes the container, runc nearly last; "Too many open files in system" is another matter
    pattern: /: too many open files$/i,
    text: () =>
      "unable to start container process: too many open files: the container's limit (--ulimit nofile) is too low to set it up; give it 64 or more",
  },
  {
    // crun writes the compiled filter into a file
    pattern: /write to seccomp fd/,
    text: () =>
      "unable to start container process: file too large: the container's limit (--ulimit fsize) is too low to set it up; give it 65536 or more",
  },
  {
    pattern: /sethostname: (?:Invalid argument|invalid argument)/,
    text: () => "unable to start container process: error during container init: sethostname: invalid argument",
  },
  {
    pattern: /invalid seccomp action [`'"]([^`'"]*)[`'"]/,
    text: (match) => `string ${match[1]} is not a valid action for seccomp`,
  },
  {
    // crun: "open /proc/sys/x: No such file or directory", "write to /proc/sys/x: Invalid argument"
    pattern: /(open|write)(?: to)? (\/proc\/sys\/[^:]*): ([A-Za-z ]+)/,
    text: (match) =>
      `unable to start container process: error during container init: ${match[1]} ${match[2]}: ${match[3]?.toLowerCase()}${match[2] === somaxconn ? onlySince : ""}`,
  },
];

/**
 * A runtime's text repeats what it was given, which may be megabytes, and the patterns here try each of a word's places anew:
 * what they look for is at the beginning and the end.
 */
function withoutMiddle(text: string): string {
  return text.length <= 8_192 ? text : `${text.slice(0, 4_096)} … ${text.slice(-4_096)}`;
}

const notDirectory =
  ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type";

/**
 * The error of a create, start or exec as Docker with runc words it: InvalidArgument for what the user can mend
 * (program or directory missing, not executable), else Internal with the runtime's own text.
 * @param program the first of the process's arguments
 * @param container when it was to be created: the host path of its root, and the sources of its mounts
 */
export function startError(
  error: unknown,
  program: string,
  step: "create" | "exec",
  container?: { rootfs: string; sources: MountSources },
): EngineError {
  const text = withoutMiddle(messageOf(error));
  const created = "failed to create shim task: OCI runtime create failed: runc create failed";
  const prefix = `${step === "exec" ? "OCI runtime exec failed: exec failed" : created}: unable to start container process`;
  if (step === "exec" && /cwd must be an absolute path/i.test(text)) {
    return new InvalidArgument("OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown", {
      cause: error,
    });
  }
  for (const failure of initFailures) {
    const match = failure.pattern.exec(text);
    if (match) return new Unknown(`${created}: ${failure.text(match, program, new Map())}: unknown`, { cause: error });
  }
  for (const failure of startFailures) {
    const match = failure.pattern.exec(text);
    if (match) {
      const cause = failure.text(match, program, container?.sources ?? new Map());
      // dockerd adds its guess to each ENOTDIR.
      const guess =
        (step === "exec" || cause.includes("mounting")) && cause.endsWith("not a directory") ? notDirectory : "";
      return new InvalidArgument(`${prefix}: ${cause}: unknown${guess}`, { cause: error });
    }
  }
  // crun says "No such file or directory" of a mount point for which there was no room.
  if (container !== undefined && hasNoRoom(container.rootfs)) {
    return new ResourceExhausted(
      "no space left on the disk: the container's files could not be made (docker system prune removes what is not needed)",
      { cause: error },
    );
  }
  // As dockerd says it of this runtime.
  const told = step === "exec" ? "OCI runtime exec failed" : "failed to create shim task: OCI runtime create failed";
  return new Internal(`${told}: ${text.replace(/^OCI runtime (?:create|exec) failed: /, "")}: unknown`, {
    cause: error,
  });
}
