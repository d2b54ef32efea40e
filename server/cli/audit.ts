import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments, usageError } from "./arguments.ts";
import { printable } from "./printable.ts";
import { readSettings } from "./settings.ts";
import { requireRoot } from "./setup.ts";

type Setting = string | number | boolean | string[] | null;

/** One line of `<data>/audit/audit.jsonl`, as drydockd writes it. */
interface Entry {
  time: string;
  who: string;
  method: string;
  path: string;
  about: Record<string, string>;
  status: number;
  changes?: Record<string, { from: Setting; to: Setting }>;
  refused?: { message: string; rule?: string };
}

/** `./drydock audit`: the last changes and refusals, oldest first. */
// eslint-disable-next-line typescript/require-await -- commands are asynchronous
export async function run(args: string[]): Promise<number> {
  const { who, refused, lines } = read(args);
  requireRoot();
  const log = join(readSettings().data, "audit/audit.jsonl");
  const found: Entry[] = [];
  for (const file of [log, ...Array.from({ length: 8 }, (_none, age) => `${log}.${age + 1}`)]) {
    if (!existsSync(file) || found.length >= lines) break;
    found.unshift(...entriesOf(file).filter((entry) => fits(entry, who, refused)));
  }
  if (found.length === 0) {
    process.stderr.write(`nothing ${refused ? "refused " : ""}is noted${who === undefined ? "" : ` of ${who}`}\n`);
  }
  for (const entry of found.slice(-lines)) process.stdout.write(`${printable(sentence(entry))}\n`);
  return 0;
}

function fits(entry: Entry, who: string | undefined, refused: boolean): boolean {
  return (who === undefined || entry.who === who) && (!refused || entry.refused !== undefined);
}

function read(args: string[]): { who: string | undefined; refused: boolean; lines: number } {
  const options = { refused: { type: "boolean" }, n: { type: "string", short: "n" } } as const;
  const { values, positionals } = readArguments("audit", args, options, 1);
  const lines = Number(values.n ?? 100);
  if (!Number.isInteger(lines) || lines < 1) throw usageError("audit", `-n ${values.n}: expected a number of lines`);
  return { who: positionals[0], refused: values.refused === true, lines };
}

/** The last line may be cut by a crash: it is left out. */
function entriesOf(file: string): Entry[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Entry];
      } catch {
        return [];
      }
    });
}

function sentence({ time, who, method, path, about, status, changes = {}, refused }: Entry): string {
  const named = Object.entries(about).map(([name, value]) => ` ${name}=${value}`);
  const why =
    refused === undefined
      ? ""
      : ` refused${refused.rule === undefined ? "" : ` by "${refused.rule}"`}: ${refused.message}`;
  const changed = Object.entries(changes).map(([name, { from, to }]) =>
    from === null ? ` ${name}=${shown(to)}` : ` ${name}: ${shown(from)} → ${shown(to)}`,
  );
  return `${time} ${who.padEnd(20)} ${status} ${method} ${path}${named.join("")}${changed.join(",")}${why}`;
}

/** A value of a setting; null is one that is not set. */
function shown(value: Setting): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join("+");
  return value === null ? "not set" : String(value);
}
