import type { InstructionParser } from "../instruction-input.ts";
import { parseRunMount } from "../run-mount.ts";

/** `RUN [--mount=...] [--network=...] [--security=...] COMMAND` */
export const run: InstructionParser = {
  keyword: "RUN",
  flags: { mount: "list", network: "value", security: "value" },
  heredocs: true,
  parse(input) {
    const command = input.command();
    const empty = command.form === "exec" ? command.args.length === 0 : command.line === "";
    if (empty) {
      throw input.fail("RUN requires at least one argument", "for example: RUN apt-get update");
    }
    const network = input.flags.value("network");
    if (network !== undefined && network !== "default" && network !== "none" && network !== "host") {
      throw input.fail(
        `invalid network mode "${network}"`,
        "it must be default, none or host",
        input.flags.range("network"),
      );
    }
    const security = input.flags.value("security");
    if (security !== undefined && security !== "sandbox" && security !== "insecure") {
      throw input.fail(
        `invalid security mode "${security}"`,
        "it must be sandbox or insecure",
        input.flags.range("security"),
      );
    }
    return {
      kind: "run",
      ...input.located,
      command,
      mounts: input.flags.list("mount").map((flag) => parseRunMount(flag, input)),
      network,
      security,
      heredocs: input.heredocs,
    };
  },
};
