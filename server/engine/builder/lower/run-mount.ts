import path from "node:path";
import type { RunMount } from "../dockerfile/ast.ts";
import { didYouMean } from "../../../contract/suggest.ts";
import type { SecretMount, SshMount } from "../ops/exec-definition.ts";
import type { Place } from "./place.ts";
import type { StageState } from "./stage-state.ts";

const types = ["bind", "cache", "tmpfs", "secret", "ssh"] as const;
const sharings = ["shared", "private", "locked"] as const;

export type MountType = (typeof types)[number];

/** A `--mount` of RUN with its variables expanded and its options checked (Dockerfile reference, RUN --mount). */
export interface MountOptions {
  type: MountType;
  id: string | undefined;
  /** as written, may be relative to the working directory */
  target: string | undefined;
  source: string | undefined;
  from: string | undefined;
  /** undefined: as its type has it */
  readonly: boolean | undefined;
  required: boolean;
  /** tmpfs, bytes */
  size: number | undefined;
  sharing: (typeof sharings)[number] | undefined;
  mode: number | undefined;
  uid: number | undefined;
  gid: number | undefined;
  /** secret: the variable it is given in */
  env: string | undefined;
}

const aliases: Record<string, string> = {
  dst: "target",
  destination: "target",
  src: "source",
  rw: "readwrite",
  ro: "readonly",
};

const known = [
  "type from source target readonly readwrite id sharing required size mode uid gid env".split(" "),
  Object.keys(aliases),
].flat();

/** @throws BuildError at the flag: options are read one by one, and what fits no type is told by the type so far */
export function mountOptions(mount: RunMount, state: StageState, at: Place): MountOptions {
  const place = at.within(mount.range);
  const options: MountOptions = { ...unset };
  for (const { name, value } of mount.fields) {
    if (!known.includes(name) || (value === undefined && !isSwitch(name))) {
      throw unknownOption(name, value, place);
    }
    setOption(options, name, value === undefined ? undefined : place.expand(value, state), place);
  }
  checkTogether(options, place);
  options.readonly ??= options.type !== "cache" && options.type !== "tmpfs";
  return options;
}

const unset: MountOptions = {
  type: "bind",
  id: undefined,
  target: undefined,
  source: undefined,
  from: undefined,
  readonly: undefined,
  required: false,
  size: undefined,
  sharing: undefined,
  mode: undefined,
  uid: undefined,
  gid: undefined,
  env: undefined,
};

/** @param value undefined: the name alone */
function setOption(options: MountOptions, name: string, value: string | undefined, place: Place): void {
  const text = value ?? "";
  const option = aliases[name] ?? name;
  switch (option) {
    case "type":
      options.type = typeOf(text, place);
      return;
    case "id":
    case "target":
    case "source":
    case "from":
      options[option] = text === "" ? undefined : text;
      return;
    case "readonly":
    case "readwrite":
      options.readonly = truth(name, value, place) === (option === "readonly");
      return;
    case "required":
      checkType(option, options.type, ["secret", "ssh"], place);
      options.required = truth(name, value, place);
      return;
    case "size":
      checkType(option, options.type, ["tmpfs"], place);
      options.size = sizeOf(text, place);
      return;
    case "sharing":
      options.sharing = sharingOf(text, place);
      return;
    case "mode":
    case "uid":
    case "gid":
      options[option] = numberOf(option, text, option === "mode" ? 8 : 10, place);
      return;
    default:
      options.env = text;
  }
}

function checkType(name: string, type: MountType, allowed: readonly MountType[], place: Place): void {
  if (!allowed.includes(type)) {
    throw place.fail(`unexpected key '${name}' for mount type '${type}'`, {
      hint: `only ${allowed.join(" and ")} mounts take ${name}, behind type=${allowed.join(" or type=")}`,
    });
  }
}

/** @throws BuildError for options that do not go together */
function checkTogether(options: MountOptions, place: Place): void {
  const { type } = options;
  for (const name of ["mode", "uid", "gid"] as const) {
    if (options[name] !== undefined && !["secret", "ssh", "cache"].includes(type)) {
      throw place.fail(`${name} not allowed for "${type}" type mounts`, {
        hint: `only secret, ssh, cache mounts take ${name}`,
      });
    }
  }
  if (type === "secret") {
    checkSecret(options, place);
  }
  if (options.sharing !== undefined && type !== "cache") {
    throw place.fail(`invalid cache sharing set for ${type} mount`, { hint: "only cache mounts take sharing" });
  }
}

/** Where a mount goes: below the working directory if its target is relative. @throws BuildError for `/` */
export function mountTarget(options: MountOptions, workdir: string, place: Place): string {
  const target = path.posix.resolve(workdir, options.target ?? "");
  if (target === "/") {
    throw place.fail(`invalid mount target "${target}"`, { hint: "add target=/path/in/the/container" });
  }
  return target;
}

/**
 * As the reference has it (RUN --mount=type=secret): in /run/secrets under its id without a target; with `env` and no
 * target in the environment alone.
 */
export function secretMount(options: MountOptions, workdir: string): SecretMount {
  const { env, source } = options;
  const id = options.id ?? source ?? path.posix.basename(options.target ?? "");
  const target = options.target ?? (env === undefined ? `/run/secrets/${path.posix.basename(id)}` : undefined);
  return {
    type: "secret",
    id,
    target: target === undefined ? undefined : path.posix.resolve(workdir, target),
    env: env === "" ? id : env,
    ...accessOf(options, 0o400),
  };
}

/** @param number ssh mounts before it in the same RUN. @throws BuildError for a source */
export function sshMount(options: MountOptions, workdir: string, number: number, place: Place): SshMount {
  if (options.source !== undefined) {
    throw place.fail("ssh does not support source", { hint: "id=NAME says which agent it is" });
  }
  const target = path.posix.resolve(workdir, options.target ?? `/run/buildkit/ssh_agent.${number}`);
  return { type: "ssh", id: options.id ?? "default", target, ...accessOf(options, 0o600) };
}

function accessOf({ mode, uid, gid, required }: MountOptions, defaultMode: number) {
  return { mode: mode ?? defaultMode, uid: uid ?? 0, gid: gid ?? 0, required };
}

function isSwitch(name: string): boolean {
  return ["readonly", "readwrite", "required"].includes(aliases[name] ?? name);
}

function unknownOption(name: string, value: string | undefined, place: Place): Error {
  const field = value === undefined ? name : `${name}=${value}`;
  if (value === undefined) {
    return place.fail(`invalid field '${field}' must be a key=value pair`, {
      hint: known.includes(name) ? `write ${name}=VALUE` : `an option is written as name=value`,
    });
  }
  return place.fail(`unexpected key '${name}' in '${field}'${didYouMean(name, known)}`, {
    hint: "mounts take type, target, source, from, id, sharing, readonly, readwrite, required, size, mode, uid, gid, env",
  });
}

function typeOf(written: string, place: Place): MountType {
  const type = types.find((name) => name === written.toLowerCase());
  if (type === undefined) {
    throw place.fail(`unsupported mount type "${written}"${didYouMean(written, types)}`, {
      hint: "it must be bind, cache, tmpfs, secret or ssh",
    });
  }
  return type;
}

/** As Go's strconv.ParseBool. */
function truth(name: string, value: string | undefined, place: Place): boolean {
  if (value === undefined || ["1", "t", "T", "true", "TRUE", "True"].includes(value)) {
    return true;
  }
  if (["0", "f", "F", "false", "FALSE", "False"].includes(value)) {
    return false;
  }
  throw place.fail(`invalid value for ${name}: ${value}`, { hint: "it must be true or false" });
}

function numberOf(name: string, value: string, base: 8 | 10, place: Place): number {
  const number = (base === 8 ? /^[0-7]+$/ : /^\d+$/).test(value) ? Number.parseInt(value, base) : Number.NaN;
  if (!(number <= 0xffffffff)) {
    throw place.fail(`invalid value ${value} for ${name}`, {
      hint: base === 8 ? "it must be an octal number such as 0755" : "it must be a number such as 1000",
    });
  }
  return number;
}

function sharingOf(value: string, place: Place): MountOptions["sharing"] {
  const sharing = sharings.find((name) => name === value.toLowerCase());
  if (sharing === undefined) {
    throw place.fail(`unsupported sharing value "${value}"${didYouMean(value, sharings)}`, {
      hint: "it must be shared, private or locked",
    });
  }
  return sharing;
}

/** `64m`, `1.5g`, bytes without a unit. As Go's units.RAMInBytes; 0 is no limit of its own, as without one. */
function sizeOf(text: string, place: Place): number | undefined {
  const match = /^\+?(\d+\.?\d*|\.\d+) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text);
  if (match === null) {
    throw place.fail(`invalid value for size: ${text}`, { hint: "write a number with a unit: 64m, 1g" });
  }
  return Math.floor(Number(match[1]) * 1024 ** " kmgtp".indexOf((match[2] ?? " ").toLowerCase())) || undefined;
}

function checkSecret(options: MountOptions, place: Place): void {
  if (options.from !== undefined) {
    throw place.fail("secret mount should not have a from", { hint: "a secret comes from docker build --secret" });
  }
  if (options.sharing !== undefined) {
    throw place.fail("secret mount should not define sharing", { hint: "only cache mounts take sharing" });
  }
  if (options.source === undefined && options.target === undefined && options.id === undefined) {
    throw place.fail("invalid secret mount. one of source, target required", {
      hint: "name the secret: --mount=type=secret,id=NAME",
    });
  }
  if (options.source !== undefined && options.id !== undefined) {
    throw place.fail("both source and id can't be set", { hint: "id=NAME says which secret it is" });
  }
}
