import assert from "node:assert/strict";
import { test } from "node:test";
import { ofAnother } from "#engine/catalogue/foreign.ts";
import { insteadOf, nearestNames } from "#engine/catalogue/nearest-names.ts";
import type { Recipe } from "#engine/catalogue/recipe.ts";
import { standInLabel, standInNote, standInText, versionOf, wrongMajor } from "#engine/catalogue/stand-in.ts";
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
    assert.equal(wrongMajor(program, parseReference(`python:${tag}`), versionOf(python.config)), undefined, tag);
  }
  assert.equal(
    wrongMajor(program, parseReference("node:18-slim"), versionOf(image("node", "v24.21.0").config)),
    "there is no local stand-in for node:18-slim: the one here is node 24.21.0 (use node:24)",
  );
  assert.equal(wrongMajor(program, parseReference("node:18"), undefined), undefined, "not known yet");
  assert.equal(standInText(python.config), "python 3.11.2, made from Debian bookworm packages");
  const { config: hello } = image("hello-world", "");
  assert.equal(standInText(hello, "hello-world"), "hello-world, made from Debian bookworm packages");
});

test("a stand-in of another version than was asked for says so, at its FROM and beside it", () => {
  const { config } = image("python", "3.11.2");
  const said = "python 3.11.2 instead of 3.12, made from Debian bookworm packages";
  assert.equal(standInText(config, "python:3.12-slim"), said);
  assert.equal(standInNote("python:3.12-slim", said), `[Note] python:3.12-slim is a local stand-in: ${said}`);
  const same = "python 3.11.2, made from Debian bookworm packages";
  for (const name of [
    "python",
    "python:latest",
    "python:3",
    "python:3.11-slim",
    "python:3.11.2",
    "sha256:3a1",
    "a:3/b",
  ]) {
    assert.equal(standInText(config, name), same, name);
  }
  assert.equal(standInNote("python:3", same), undefined);
  assert.equal(standInText(config, "python:3.1"), said.replace("3.12", "3.1"));
});

test("what is made of another distribution's packages is refused in a sentence, with what does instead", () => {
  const debian = { distribution: "debian", codename: "bookworm", version: "12" } as const;
  const ubuntu = { distribution: "ubuntu", codename: "noble", version: "24.04" } as const;
  assert.equal(
    ofAnother("alpine", "3.20", debian),
    "it is made of Alpine's own packages, and this machine has Debian bookworm packages (use debian:12 with apt-get in the place of apk, or busybox)",
  );
  assert.match(ofAnother("node", "22-alpine3.20", debian) ?? "", /^it is made of Alpine's own .* \(use node\)$/);
  assert.match(ofAnother("ubuntu", "latest", debian) ?? "", /made of Ubuntu's own .* \(use debian:12\)$/);
  assert.match(ofAnother("debian", "12", ubuntu) ?? "", /has Ubuntu noble packages \(use ubuntu:24\.04\)$/);
  assert.equal(ofAnother("debian", "11", debian), undefined);
  for (const name of ["golang", "constructor"]) assert.equal(ofAnother(name, "1.23", debian), undefined);
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

test("of a program without a stand-in it is told how the distribution's image gets it", () => {
  const names = ["busybox", "ubuntu", "python", "nginx"];
  assert.equal(insteadOf("golang", names), "ubuntu, with RUN apt-get update && apt-get install -y golang-go after it");
  assert.equal(insteadOf("httpd", names), "nginx or ubuntu");
  assert.equal(insteadOf("constructor", names), "ubuntu");
  assert.equal(insteadOf("golang", []), undefined);
});
