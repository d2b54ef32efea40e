import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDeb822, parseOneLine } from "../../../server/engine/catalogue/apt-settings.ts";
import { parseRelease } from "../../../server/engine/catalogue/host-machine.ts";
import { recipesFor } from "../../../server/engine/catalogue/recipes/index.ts";
import { bookworm as host } from "./bookworm.ts";

test("apt sources are read in both styles", () => {
  assert.deepEqual(
    parseOneLine(
      "# deb http://old x main\ndeb [arch=amd64 signed-by=/k.gpg] http://a/d bookworm main contrib # c\ndeb-src http://a b c\n",
    ),
    [{ uri: "http://a/d", suite: "bookworm", components: ["main", "contrib"], signedBy: "/k.gpg" }],
  );
  const text = `Types: deb deb-src
# a comment
URIs: http://a/d
Suites: noble noble-updates
Components: main
 universe
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

Types: deb
Enabled: no
URIs: http://b
Suites: x
`;
  assert.deepEqual(
    parseDeb822(text).map(({ uri, suite, components }) => `${uri} ${suite} ${components.join(",")}`),
    ["http://a/d noble main,universe", "http://a/d noble-updates main,universe"],
  );
});

test("os-release is read with and without quotes", () => {
  assert.deepEqual(parseRelease('ID=ubuntu\nVERSION_ID="24.04"\n# x\nNAME=""\n'), {
    ID: "ubuntu",
    VERSION_ID: "24.04",
    NAME: "",
  });
});

test("a stand-in takes tags that mean its kind of image, no others", () => {
  const accepts = (name: string, tag: string) =>
    recipesFor(host)
      .find((recipe) => recipe.name === name)
      ?.acceptsTag(tag, host) ?? false;
  for (const reference of [
    "busybox:latest",
    "busybox:1.36",
    "busybox:musl",
    "debian:latest",
    "debian:bookworm-slim",
    "debian:12",
    "debian:12.5-slim",

    "python:3",
    "python:3.12-slim",
    "python:3.11-slim-bookworm",
    "python:slim",
    "node:22",
    "node:lts-slim",
    "nginx:1.27",
  ]) {
    const [name = "", tag = ""] = reference.split(":");
    assert.equal(accepts(name, tag), true, reference);
  }
  for (const reference of [
    "debian:trixie",
    "debian:11",
    "python:2.7",
    "python:3.12-alpine",
    "node:22-alpine3.20",
    "nginx:alpine",
    "busybox:x",
    "ubuntu:latest",
    "alpine:latest",
    "drydock/workstation:1",
    "python:3.12-windowsservercore",
    "node:",
  ]) {
    const [name = "", tag = ""] = reference.split(":");
    assert.equal(accepts(name, tag), false, reference);
  }
});
