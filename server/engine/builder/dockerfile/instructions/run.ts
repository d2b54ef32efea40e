import type { InstructionParser } from "../instruction-input.ts";
import { parseRunMount } from "../run-mount.ts";

const networks = ["default", "none", "host"] as const;
const securities = ["sandbox", "insecure"] as const;

/** `RUN [--mount=...] [--network=...] [--security=...] [--device=...] COMMAND` */
export const run: InstructionParser = {
  keyword: "RUN",
  flags: { mount: "list", network: "value", security: "value", device: "list" },
  heredocs: true,
  parse(input) {
    const command = input.command();
    const chosen = <Name extends string>(flag: string, names: readonly Name[], message: string): Name | undefined => {
      const value = input.flags.value(flag);
      const found = names.find((name) => name === value);
      if (input.flags.range(flag) !== undefined && found === undefined) {
        const hint = `it must be ${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
        throw input.fail(
          message.replace("%", () => JSON.stringify(value ?? "")),
          hint,
          input.flags.range(flag),
        );
      }
      return found;
    };
    return {
      kind: "run",
      ...input.located,
      command,
      mounts: input.flags.list("mount").map((flag) => parseRunMount(flag, input)),
      devices: input.flags.list("device").map((flag) => ({ text: flag.value ?? "", range: flag.range })),
      network: chosen("network", networks, "invalid network mode %"),
      security: chosen("security", securities, "security % is not valid"),
      heredocs: input.heredocs,
    };
  },
};
