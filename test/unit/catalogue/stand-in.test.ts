import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestNames } from "#engine/catalogue/nearest-names.ts";
import type { Recipe } from "#engine/catalogue/recipe.ts";
import { standInLabel, standInText, wrongMajor } from "#engine/catalogue/stand-in.ts";
import type { Image } from "#engine/images/image-store.ts";
import { parseReference } from "#engine/reference/reference.ts";

const image = (name: string, version: string): Pick<Image, "config"> =>
  ({
    config: {
      config: {
        Labels: {
          [`${standInLabel}.name`]: name,
          [`${standInLabel}.version`]: version,
          [`${standInLabel}.source`]: "Debian bookworm packages",
        },
      },
    },
  }) as unknown as Pick<Image, "config">;
const program = { kind: "base" } as Recipe;

test("a stand-in serves tags of its own major version, and says which it has when it refuses another", () => {
  const python = image("python", "3.11.2");
  for (const tag of ["3", "3.12", "3.12.1-slim", "3-bookworm", "latest", "slim"]) {
    assert.equal(wrongMajor(program, parseReference(`python:${tag}`), python), undefined, tag);
  }
  assert.equal(
    wrongMajor(program, parseReference("node:18-slim"), image("node", "24.21.0")),
    "there is no local stand-in for node:18-slim: the one here is node 24.21.0 (use node:24)",
  );
  assert.equal(standInText(python.config), "python 3.11.2, made from Debian bookworm packages");
});

test("of an unknown base the nearest names that exist are told, two at most", () => {
  const names = ["busybox", "debian", "drydock/workstation", "hello-world", "python", "node", "nginx", "redis", "gcc"];
  assert.deepEqual(nearestNames("alpine", names), ["busybox", "debian"]);
  assert.deepEqual(nearestNames("pyhton", names), ["python", "debian"]);
  assert.deepEqual(nearestNames("golang", names), ["debian"]);
  assert.deepEqual(nearestNames("ubuntu", names), ["debian"]);
  assert.deepEqual(nearestNames("httpd", names), ["nginx", "debian"]);
  assert.deepEqual(nearestNames("redis-stack", names), ["redis", "debian"]);
  assert.deepEqual(nearestNames("alpine", []), []);
});
