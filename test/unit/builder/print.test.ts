import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { BuildError } from "../../../server/engine/builder/build-error.ts";
import type { Dockerfile } from "../../../server/engine/builder/dockerfile/ast.ts";
import { parseDockerfile } from "../../../server/engine/builder/dockerfile/parser.ts";
import { printDockerfile } from "./print.ts";
import { randomOf } from "./random-words.ts";

const root = path.join(import.meta.dirname, "../../golden/dockerfile");

function parsed(text: string): Dockerfile | undefined {
  try {
    return parseDockerfile(text);
  } catch (error) {
    assert.ok(error instanceof BuildError, String(error));
    return undefined;
  }
}

/** Without where it stands and how it is shown. */
function meaning({ directives, globalArgs, stages }: Dockerfile): unknown {
  return JSON.parse(
    JSON.stringify({ directives, globalArgs, stages }, function leaveOut(this: object, key, value: unknown) {
      const isShown = key === "text" && "kind" in this;
      return isShown || key === "range" || key === "fileDescriptor" ? undefined : value;
    }),
  );
}

describe("Dockerfiles that are read, printed and read again", () => {
  const texts = readdirSync(root).map((name) => ({
    name,
    text: readFileSync(path.join(root, name, "Dockerfile"), "utf8"),
  }));
  const readable = texts.flatMap(({ name, text }) => {
    const dockerfile = parsed(text);
    return dockerfile === undefined ? [] : [{ name, dockerfile }];
  });

  it("mean the same", () => {
    assert.ok(readable.length > 200);
    // what is printed always escapes by a backslash, and its lines end in a line feed
    for (const { name, dockerfile } of readable.filter(({ name }) => !/backtick|directive|crlf/.test(name))) {
      const printed = printDockerfile(dockerfile);
      const again = parsed(printed);
      assert.ok(again !== undefined, `${name}:\n${printed}`);
      assert.deepEqual(meaning(again), meaning(dockerfile), `${name}:\n${printed}`);
    }
  });

  it("end as a Dockerfile or as a mistake with a place in it, however they are broken", () => {
    for (let seed = 1; seed <= 4000; seed++) {
      const random = randomOf(seed);
      const chars = Array.from(texts[random(texts.length)]?.text.slice(0, 600) ?? "");
      for (let times = 1 + random(4); times > 0; times--) {
        const junk = ["\\", "\n", '"', "'", "$", "{", "<<", "#", "--", "=", "[", " ", "\u0000", "ü"][random(14)] ?? "";
        chars.splice(random(chars.length), random(3), junk);
      }
      const text = chars.join("");
      try {
        parseDockerfile(text);
      } catch (error) {
        assert.ok(error instanceof BuildError, `seed ${seed}: ${String(error)}\n${text}`);
        const lines = text.split("\n").length;
        const { startLine = 0, endLine = 0 } = error.range ?? {};
        assert.ok(startLine >= 1 && startLine <= endLine && endLine <= lines, `seed ${seed}: ${startLine}-${endLine}`);
      }
    }
  });
});
