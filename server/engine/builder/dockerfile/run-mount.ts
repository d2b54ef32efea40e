import type { RunMount } from "./ast.ts";
import type { Flag } from "./flags.ts";
import type { InstructionInput } from "./instruction-input.ts";
import { closest } from "./suggest.ts";

type MountType = RunMount["type"];

/** Which options each type takes (Dockerfile reference, RUN --mount). */
const optionsOf: Record<MountType, string[]> = {
  bind: ["target", "source", "from", "readwrite", "readonly"],
  cache: ["id", "target", "source", "from", "sharing", "mode", "uid", "gid", "readwrite", "readonly"],
  tmpfs: ["target", "size"],
  secret: ["id", "target", "source", "required", "mode", "uid", "gid", "env"],
  ssh: ["id", "target", "required", "mode", "uid", "gid"],
};

const aliases: Record<string, string> = {
  dst: "target",
  destination: "target",
  src: "source",
  rw: "readwrite",
  ro: "readonly",
};

const flagsWithoutValue = ["readwrite", "readonly", "required"];

function isMountType(value: string): value is MountType {
  return Object.hasOwn(optionsOf, value);
}

/**
 * Reads `--mount=type=cache,target=/x,...`; option names are normalised (`dst` is `target`), `ro` is `readonly=true`.
 * @throws BuildError
 */
export function parseRunMount(flag: Flag, input: InstructionInput): RunMount {
  const pairs = (flag.value ?? "").split(",").map((field) => {
    const equals = field.indexOf("=");
    const name = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    return { name: aliases[name] ?? name, value: equals < 0 ? undefined : field.slice(equals + 1), field };
  });
  const type = pairs.find((pair) => pair.name === "type")?.value?.toLowerCase() ?? "bind";
  if (!isMountType(type)) {
    const match = closest(type, Object.keys(optionsOf));
    throw input.fail(
      `unsupported mount type "${type}"${match === undefined ? "" : ` (did you mean ${match}?)`}`,
      "it must be bind, cache, tmpfs, secret or ssh",
      flag.range,
    );
  }
  const options: Record<string, string> = {};
  for (const { name, value, field } of pairs) {
    if (name === "type") {
      continue;
    }
    if (!optionsOf[type].includes(name)) {
      const match = closest(name, optionsOf[type]);
      throw input.fail(
        `unexpected key '${name}' for mount type '${type}'${match === undefined ? "" : ` (did you mean ${match}?)`}`,
        `${type} mounts take ${optionsOf[type].join(", ")}`,
        flag.range,
      );
    }
    if (value === undefined && !flagsWithoutValue.includes(name)) {
      throw input.fail(`invalid field '${field}' must be a key=value pair`, undefined, flag.range);
    }
    options[name] = value ?? "true";
  }
  if (options["target"] === undefined && type !== "secret" && type !== "ssh") {
    throw input.fail(`mount of type ${type} needs a target`, `add target=/path/in/the/container`, flag.range);
  }
  const sharing = options["sharing"];
  if (sharing !== undefined && !["shared", "private", "locked"].includes(sharing)) {
    throw input.fail(`unsupported sharing value "${sharing}"`, "it must be shared, private or locked", flag.range);
  }
  return { type, options, range: flag.range };
}
