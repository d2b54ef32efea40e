import { mistake } from "../../mistake.ts";
import type { InstructionInput, InstructionParser } from "../instruction-input.ts";
import { parseDuration } from "../duration.ts";
import type { Command } from "../ast.ts";
import { parseJsonArray } from "../words.ts";

const minimum = 1_000_000;

/** `HEALTHCHECK [--interval=D] [--timeout=D] [--start-period=D] [--start-interval=D] [--retries=N] CMD COMMAND` or `NONE` */
export const healthcheck: InstructionParser = {
  keyword: "HEALTHCHECK",
  flags: {
    interval: "value",
    timeout: "value",
    "start-period": "value",
    "start-interval": "value",
    retries: "value",
  },
  parse(input) {
    const word = /^\S+/.exec(input.args.text)?.[0];
    if (word === undefined) {
      throw input.fail(
        "HEALTHCHECK requires at least one argument",
        "for example: HEALTHCHECK CMD curl -f http://localhost/",
      );
    }
    const none = word.toUpperCase() === "NONE";
    if (none) {
      checkNothingAfter(input, word);
      input.flags.ignore();
    } else {
      input.flags.check();
    }
    return {
      kind: "healthcheck",
      ...input.located,
      command: none ? undefined : testCommand(input, word),
      interval: duration(input, "interval"),
      timeout: duration(input, "timeout"),
      startPeriod: duration(input, "start-period"),
      startInterval: duration(input, "start-interval"),
      retries: retries(input),
    };
  },
};

function checkNothingAfter(input: InstructionInput, type: string): void {
  if (input.args.text.slice(type.length).trim() !== "") {
    throw input.fail("HEALTHCHECK NONE takes no arguments");
  }
}

function testCommand(input: InstructionInput, type: string): Command {
  const rest = input.args.text.slice(type.length).trim();
  switch (type.toUpperCase()) {
    case "CMD": {
      if (rest === "") {
        throw input.fail(
          "Missing command after HEALTHCHECK CMD",
          "for example: HEALTHCHECK CMD curl -f http://localhost/",
        );
      }
      const args = parseJsonArray(rest);
      if (args === "not-strings") {
        throw input.fail("when using JSON array syntax, arrays must be comprised of strings only");
      }
      if (args !== "not-json" && args.length === 0) {
        throw input.fail("Missing command after HEALTHCHECK CMD", 'for example: HEALTHCHECK CMD ["pg_isready"]');
      }
      return args === "not-json" ? { form: "shell", line: rest } : { form: "exec", args };
    }
    default:
      throw input.fail(
        `Unknown type ${JSON.stringify(type.toUpperCase())} in HEALTHCHECK (try CMD)`,
        `write HEALTHCHECK CMD ${input.args.text}, or HEALTHCHECK NONE`,
      );
  }
}

function duration(input: InstructionInput, name: string): number {
  const text = input.flags.value(name);
  if (text === undefined) {
    return 0;
  }
  const value = parseDuration(text);
  if (typeof value !== "number") {
    throw input.fail(value.wrong, "write a number with a unit: 500ms, 30s, 5m, 1h30m", input.flags.range(name));
  }
  if (value !== 0 && value < minimum) {
    throw input.fail(
      `Interval "${name}" cannot be less than 1ms`,
      "write 0 to leave it as it is",
      input.flags.range(name),
    );
  }
  return value;
}

function retries(input: InstructionInput): number {
  const text = input.flags.value("retries") ?? "0";
  const value = Number(text);
  const digits = /^[+-]?\d+$/.test(text);
  if (!digits || value < 0 || value > 0x7fffffff) {
    const wrong = digits ? "value out of range" : "invalid syntax";
    const negative = digits && value < 0 && value >= -0x80000000;
    const range = input.flags.range("retries");
    throw input.fail(
      negative
        ? `--retries cannot be negative (${value})`
        : `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${wrong}`,
      "it must be a whole number of at least 0",
      range,
      negative ? mistake({ kind: "retries", line: input.range.startLine, value }) : {},
    );
  }
  return value;
}
