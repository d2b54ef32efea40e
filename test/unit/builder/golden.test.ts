import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { BuildError } from "../../../server/engine/builder/build-error.ts";
import { BuildChecks } from "../../../server/engine/builder/checks/build-checks.ts";
import type { Dockerfile, Instruction } from "../../../server/engine/builder/dockerfile/ast.ts";
import { parseDockerfile } from "../../../server/engine/builder/dockerfile/parser.ts";
import type { BuildWarning, SourceRange } from "../../../server/contract/build-events.ts";
import { type GoldenOptions, lowerAlone } from "./lower-alone.ts";

// each case: a Dockerfile, perhaps options.json, and what becomes of it: how it is read, the image's configuration and
// history, what the checks find, or how it fails. GOLDEN_UPDATE=1 writes what is missing or changed
const root = path.join(import.meta.dirname, "../../golden/dockerfile");

function place(range: SourceRange | undefined): string {
  return range === undefined ? "none" : `${range.startLine}:${range.startColumn}-${range.endLine}:${range.endColumn}`;
}

function withPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      key === "range" && typeof item === "object" ? place(item as SourceRange) : item,
    ),
  );
}

function failure(error: unknown): Record<string, unknown> {
  assert.ok(error instanceof BuildError, `an error of a Dockerfile is a BuildError: ${String(error)}`);
  return { error: error.message, range: place(error.range), hint: error.hint, excerpt: error.excerpt.split("\n") };
}

async function made(dockerfile: Dockerfile, options: GoldenOptions): Promise<Record<string, unknown>> {
  const warnings: BuildWarning[] = [];
  try {
    const checks = new BuildChecks(dockerfile, options.check, (event) => {
      warnings.push({ ...event, title: undefined, url: undefined } as unknown as BuildWarning);
    });
    checks.checkText();
    const { state, stages } = await lowerAlone(dockerfile, options, (warning) => {
      checks.report(warning);
    });
    checks.failIfAsked();
    checks.finish({ user: state.config.plain.User ?? "", target: state.name, stages });
    const history = state.history.map(({ createdBy, vertex }) => `${vertex === undefined ? " " : "+"} ${createdBy}`);
    return { config: state.config.toImage(), author: state.author, history, warnings };
  } catch (error) {
    return { ...failure(error), warnings };
  }
}

async function outcome(folder: string): Promise<unknown> {
  const file = path.join(folder, "options.json");
  const options = (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}) as GoldenOptions;
  let dockerfile: Dockerfile;
  try {
    dockerfile = parseDockerfile(readFileSync(path.join(folder, "Dockerfile"), "utf8"));
  } catch (error) {
    return failure(error);
  }
  const { directives, globalArgs, stages } = dockerfile;
  const instructions: Instruction[] = stages.flatMap((stage) => [stage.from, ...stage.instructions]);
  const shown = { directives, globalArgs, instructions, ...(await made(dockerfile, options)) };
  return withPlaces(options.short === true ? { ...shown, instructions: undefined } : shown);
}

/** `copy-flags` belongs to `copy`. */
const groups = Map.groupBy(readdirSync(root), (name) => name.split("-", 1)[0] ?? name);

describe("golden Dockerfiles", () => {
  for (const [group, names] of groups) {
    it(`${group} (${names.length})`, async () => {
      for (const name of names) {
        const folder = path.join(root, name);
        const actual = `${JSON.stringify(await outcome(folder), undefined, 2)}\n`;
        const file = path.join(folder, "expected.json");
        if (process.env["GOLDEN_UPDATE"] === "1") {
          writeFileSync(file, actual);
        }
        assert.equal(actual, readFileSync(file, "utf8"), name);
      }
    });
  }
});

describe("fixes of what the golden Dockerfiles' checks find", () => {
  for (const name of readdirSync(root).filter((folder) => folder.startsWith("check-") || folder.startsWith("expose"))) {
    it(name, async (t) => {
      const text = readFileSync(path.join(root, name, "Dockerfile"), "utf8");
      const file = path.join(root, name, "options.json");
      const options = (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}) as GoldenOptions;
      const found = await findings(text, options);
      for (const { rule, message, fix } of found ?? []) {
        if (fix === undefined) continue;
        const fixed = applied(text, fix.edits);
        assert.notEqual(fixed, text, `${rule}: ${fix.title} changes nothing`);
        const left = await findings(fixed, options);
        assert.ok(left !== undefined, `${rule}: ${fix.title} leaves no Dockerfile:\n${fixed}`);
        const count = (all: BuildWarning[]): number =>
          all.filter((other) => other.rule === rule && other.message === message).length;
        assert.ok(count(left) < count(found ?? []), `${rule}: ${fix.title} leaves "${message}":\n${fixed}`);
      }
      if (found === undefined) t.diagnostic("it is no Dockerfile");
    });
  }
});

/** Undefined: it cannot be read at all. */
async function findings(text: string, options: GoldenOptions): Promise<BuildWarning[] | undefined> {
  try {
    return (await made(parseDockerfile(text), options))["warnings"] as BuildWarning[];
  } catch {
    return undefined;
  }
}

function applied(text: string, edits: { range: SourceRange; text: string }[]): string {
  const lines = text.split("\n");
  for (const { range, text: replacement } of edits.toReversed()) {
    const before = (lines[range.startLine - 1] ?? "").slice(0, range.startColumn - 1);
    const behind = (lines[range.endLine - 1] ?? "").slice(range.endColumn - 1);
    lines.splice(
      range.startLine - 1,
      range.endLine - range.startLine + 1,
      ...(before + replacement + behind).split("\n"),
    );
  }
  return lines.join("\n");
}
