import path from "node:path";
import type { RunMount } from "../dockerfile/ast.ts";
import { didYouMean } from "../dockerfile/suggest.ts";
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
  readonly: boolean;
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

/** Options that make sense for some types only, and the text that says so. */
const onlyFor: Record<string, { types: readonly MountType[]; message: (type: MountType) => string }> = {
  required: { types: ["secret", "ssh"], message: (type) => `unexpected key 'required' for mount type '${type}'` },
  size: { types: ["tmpfs"], message: (type) => `unexpected key 'size' for mount type '${type}'` },
  sharing: { types: ["cache"], message: (type) => `invalid cache sharing set for ${type} mount` },
  mode: { types: ["secret", "ssh", "cache"], message: (type) => `mode not allowed for "${type}" type mounts` },
  uid: { types: ["secret", "ssh", "cache"], message: (type) => `uid not allowed for "${type}" type mounts` },
  gid: { types: ["secret", "ssh", "cache"], message: (type) => `gid not allowed for "${type}" type mounts` },
};

/** @throws BuildError at the flag */
export function mountOptions(mount: RunMount, state: StageState, at: Place): MountOptions {
  const place = at.within(mount.range);
  const given = new Map<string, string | undefined>();
  for (const { name, value } of mount.fields) {
    if (!known.includes(name) || (value === undefined && !isSwitch(name))) {
      throw unknownOption(name, value, place);
    }
    given.set(aliases[name] ?? name, value === undefined ? undefined : place.expand(value, state));
  }
  const type = typeOf(given, place);
  for (const [name, { types: allowed, message }] of Object.entries(onlyFor)) {
    if (given.has(name) && !allowed.includes(type)) {
      throw place.fail(message(type), { hint: `only ${allowed.join(", ")} mounts take ${name}` });
    }
  }
  const options: MountOptions = {
    type,
    id: filled(given.get("id")),
    target: filled(given.get("target")),
    source: filled(given.get("source")),
    from: filled(given.get("from")),
    readonly: isReadonly(given, type, place),
    required: given.has("required") && truth("required", given.get("required"), place),
    size: sizeOf(given.get("size"), place),
    sharing: sharingOf(given.get("sharing"), place),
    mode: numberOf("mode", given.get("mode"), 8, place),
    uid: numberOf("uid", given.get("uid"), 10, place),
    gid: numberOf("gid", given.get("gid"), 10, place),
    env: given.has("env") ? (given.get("env") ?? "") : undefined,
  };
  if (type === "secret") {
    checkSecret(options, place);
  }
  return options;
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

/** @param number ssh mounts before it in the same RUN */
export function sshMount(options: MountOptions, workdir: string, number: number): SshMount {
  const target = path.posix.resolve(workdir, options.target ?? `/run/buildkit/ssh_agent.${number}`);
  return { type: "ssh", id: options.id ?? "default", target, ...accessOf(options, 0o600) };
}

function accessOf({ mode, uid, gid, required }: MountOptions, defaultMode: number) {
  return { mode: mode ?? defaultMode, uid: uid ?? 0, gid: gid ?? 0, required };
}

function filled(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
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

function typeOf(given: ReadonlyMap<string, string | undefined>, place: Place): MountType {
  const written = given.get("type") ?? "bind";
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

/** The last of `readonly` and `readwrite` decides; without them cache and tmpfs are written to, all else is not. */
function isReadonly(given: ReadonlyMap<string, string | undefined>, type: MountType, place: Place): boolean {
  let result = type !== "cache" && type !== "tmpfs";
  for (const [name, value] of given) {
    if (name === "readonly" || name === "readwrite") {
      result = truth(name, value, place) === (name === "readonly");
    }
  }
  return result;
}

function numberOf(name: string, value: string | undefined, base: 8 | 10, place: Place): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  const number = (base === 8 ? /^[0-7]+$/ : /^\d+$/).test(value) ? Number.parseInt(value, base) : Number.NaN;
  if (!(number <= 0xffffffff)) {
    throw place.fail(`invalid value ${value} for ${name}`, {
      hint: base === 8 ? "it must be an octal number such as 0755" : "it must be a number such as 1000",
    });
  }
  return number;
}

function sharingOf(value: string | undefined, place: Place): MountOptions["sharing"] {
  if (value === undefined) {
    return undefined;
  }
  const sharing = sharings.find((name) => name === value.toLowerCase());
  if (sharing === undefined) {
    throw place.fail(`unsupported sharing value "${value}"${didYouMean(value, sharings)}`, {
      hint: "it must be shared, private or locked",
    });
  }
  return sharing;
}

/** `64m`, `1.5g`, bytes without a unit. */
function sizeOf(text: string | undefined, place: Place): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text);
  if (match === null) {
    throw place.fail(`invalid value for size: ${text}`, { hint: "write a number with a unit: 64m, 1g" });
  }
  return Math.floor(Number(match[1]) * 1024 ** " kmgtp".indexOf((match[2] ?? "").toLowerCase() || " "));
}

function checkSecret(options: MountOptions, place: Place): void {
  if (options.from !== undefined) {
    throw place.fail("secret mount should not have a from", { hint: "a secret comes from docker build --secret" });
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
