import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { BuildError } from "../../../server/engine/builder/build-error.ts";
import type { Instruction } from "../../../server/engine/builder/dockerfile/ast.ts";
import { parseDockerfile } from "../../../server/engine/builder/dockerfile/parser.ts";
import type { SourceRange } from "../../../server/contract/build-events.ts";

// each case: a Dockerfile and what it parses to (or how it fails); GOLDEN_UPDATE=1 writes what is missing or changed
const root = path.join(import.meta.dirname, "../../golden/dockerfile");

function place(range: SourceRange | undefined): string {
  return range === undefined ? "none" : `${range.startLine}:${range.startColumn}-${range.endLine}:${range.endColumn}`;
}

function withPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) => (key === "range" ? place(item as SourceRange) : item)),
  );
}

function outcome(text: string): unknown {
  try {
    const { directives, globalArgs, stages, warnings } = parseDockerfile(text);
    const instructions: Instruction[] = stages.flatMap((stage) => [stage.from, ...stage.instructions]);
    return withPlaces({ directives, globalArgs, instructions, warnings });
  } catch (error) {
    assert.ok(error instanceof BuildError, `a parser error is a BuildError: ${String(error)}`);
    return { error: error.message, range: place(error.range), hint: error.hint, excerpt: error.excerpt.split("\n") };
  }
}

for (const name of readdirSync(root)) {
  test(`golden Dockerfile: ${name}`, () => {
    const folder = path.join(root, name);
    const actual = `${JSON.stringify(outcome(readFileSync(path.join(folder, "Dockerfile"), "utf8")), undefined, 2)}\n`;
    const file = path.join(folder, "expected.json");
    if (process.env["GOLDEN_UPDATE"] === "1") {
      writeFileSync(file, actual);
    }
    assert.equal(actual, readFileSync(file, "utf8"));
  });
}
