import { InvalidArgument, messageOf, Unknown } from "../errdefs/errors.ts";
import type { SpecOptions } from "../runtime/spec/default-spec.ts";

type Confinement = Pick<SpecOptions, "noNewPrivileges" | "seccomp" | "appArmor">;

/**
 * `--security-opt` but for `systempaths`, of which clients make lists of paths; labels are left out, as
 * dockerd does without SELinux.
 * @throws Unknown in dockerd's words (moby, daemon/daemon_unix.go, parseSecurityOpt); InvalidArgument for a profile that is none
 */
export function securityOptions(options: readonly string[]): Confinement {
  const result: Confinement = {};
  for (const option of options) {
    Object.assign(result, confinement(option));
  }
  return result;
}

/** What is wrong with them, at create. @throws Unknown, as dockerd, which answers 500 */
export function checkSecurityOptions(options: readonly string[]): void {
  for (const option of options) {
    // A profile that is none fails the start.
    if (!/^seccomp[=:]/.test(option)) {
      confinement(option);
    }
  }
}

function confinement(option: string): Confinement {
  if (option === "no-new-privileges") {
    return { noNewPrivileges: true };
  }
  // SELinux's `label=disable` as it was once written.
  if (option === "disable") {
    return {};
  }
  const [name = "", value] = option.split(option.includes("=") ? /=(.*)/s : /:(.*)/s);
  if (value === undefined) {
    throw new Unknown(`invalid --security-opt 1: ${JSON.stringify(option)}`);
  }
  switch (name) {
    case "label":
      return {};
    case "apparmor":
      return { appArmor: value };
    case "seccomp":
      return { seccomp: value === "unconfined" ? "unconfined" : parseProfile(value) };
    case "no-new-privileges":
      if (!/^(?:[01tf]|true|false)$/i.test(value)) {
        throw new Unknown(`invalid --security-opt 2: ${JSON.stringify(option)}`);
      }
      return { noNewPrivileges: /^(?:1|t)/i.test(value) };
    default:
      throw new Unknown(`invalid --security-opt 2: ${JSON.stringify(option)}`);
  }
}

function parseProfile(text: string): object {
  try {
    const profile: unknown = JSON.parse(text);
    if (typeof profile !== "object" || profile === null) {
      throw new Error("it is no object");
    }
    return profile;
  } catch (error) {
    throw new InvalidArgument(`Decoding seccomp profile failed: ${messageOf(error)}`, { cause: error });
  }
}
