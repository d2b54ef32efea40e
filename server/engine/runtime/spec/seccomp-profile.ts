import { InvalidArgument } from "../../errdefs/errors.ts";
import type { HostFacts } from "./host.ts";
import type { SeccompProfile, SeccompRule } from "./seccomp.ts";

interface Condition {
  caps?: string[] | null;
  arches?: string[] | null;
  minKernel?: string;
}

interface ProfileRule extends Omit<SeccompRule, "names" | "args"> {
  name?: string;
  names?: string[] | null;
  args?: SeccompRule["args"] | null;
  includes?: Condition | null;
  excludes?: Condition | null;
}

/** A profile of one's own: runtime-spec's form, with Docker's conditions (moby, profiles/seccomp). */
interface Profile {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[] | null;
  archMap?: { architecture: string; subArchitectures?: string[] | null }[] | null;
  syscalls?: ProfileRule[] | null;
}

const docker = { x64: "amd64", arm64: "arm64" } as const;
const native = { x64: "SCMP_ARCH_X86_64", arm64: "SCMP_ARCH_AARCH64" } as const;

/**
 * `--security-opt seccomp=<profile>` as the runtime takes it: rules whose conditions do not hold are left out.
 * @throws InvalidArgument for what is no profile
 */
export function customSeccomp(
  given: object,
  host: Pick<HostFacts, "arch" | "kernel">,
  capabilities: readonly string[],
): Omit<SeccompProfile, "defaultErrnoRet" | "architectures"> & Partial<SeccompProfile> {
  // dockerd takes an empty profile for none at all.
  const profile = (Object.keys(given).length === 0 ? { defaultAction: "SCMP_ACT_ALLOW" } : given) as Profile;
  if (typeof profile.defaultAction !== "string" || !Array.isArray(profile.syscalls ?? [])) {
    throw new InvalidArgument("Decoding seccomp profile failed: it needs a defaultAction and a list of syscalls");
  }
  const mapped = profile.archMap?.find(({ architecture }) => architecture === native[host.arch]);
  const architectures =
    profile.architectures ?? (mapped === undefined ? [] : [mapped.architecture, ...(mapped.subArchitectures ?? [])]);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    ...(architectures.length === 0 ? {} : { architectures }),
    syscalls: (profile.syscalls ?? []).filter((rule) => applies(rule, host, capabilities)).map(plainRule),
  };
}

function plainRule({ name, names, action, errnoRet, args }: ProfileRule): SeccompRule {
  return {
    names: names ?? (name === undefined ? [] : [name]),
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args === null || args === undefined || args.length === 0 ? {} : { args }),
  };
}

function applies(
  { includes, excludes }: ProfileRule,
  host: Pick<HostFacts, "arch" | "kernel">,
  capabilities: readonly string[],
): boolean {
  const arch = docker[host.arch];
  const newEnough = (version: string | undefined) => {
    const [major = 0, minor = 0] = (version ?? "0.0").split(".").map(Number);
    return host.kernel[0] > major || (host.kernel[0] === major && host.kernel[1] >= minor);
  };
  return (
    (includes?.caps ?? []).every((name) => capabilities.includes(name)) &&
    ((includes?.arches ?? []).length === 0 || includes?.arches?.includes(arch) === true) &&
    newEnough(includes?.minKernel) &&
    !(excludes?.caps ?? []).some((name) => capabilities.includes(name)) &&
    !(excludes?.arches ?? []).includes(arch) &&
    (excludes?.minKernel === undefined || !newEnough(excludes.minKernel))
  );
}
