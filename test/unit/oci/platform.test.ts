import assert from "node:assert/strict";
import { test } from "node:test";
import type { Digest } from "../../../server/engine/oci/digest.ts";
import {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  platformOf,
  selectManifest,
} from "../../../server/engine/oci/platform.ts";
import type { Descriptor } from "../../../server/engine/oci/types.ts";

test("platforms have one spelling", () => {
  const cases: [string, string][] = [
    ["linux/x86_64", "linux/amd64"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["Linux/AMD64", "linux/amd64"],
    ["linux/armhf", "linux/arm/v7"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/arm/6", "linux/arm/v6"],
    ["arm64", "linux/arm64"],
    ["linux", formatPlatform(hostPlatform())],
    ["windows/amd64", "windows/amd64"],
    ["windows(10.0.17763.1)/x86_64", "windows(10.0.17763.1)/amd64"],
    ["windows(10.0.17763)", `windows(10.0.17763)/${hostPlatform().architecture}`],
    ["windows()/amd64", "windows/amd64"],
    ["macOS/arm64", "darwin/arm64"],
  ];
  for (const [given, expected] of cases) {
    assert.equal(formatPlatform(parsePlatform(given)), expected, given);
  }
  assert.equal(formatPlatform(hostPlatform("x64")), "linux/amd64");
  for (const bad of [
    "",
    "a/b/c/d",
    "linux/",
    "beos",
    "linux/amd 64",
    "(10)/amd64",
    "windows(10/0)/amd64",
    "windows(10)x/amd64",
  ]) {
    assert.throws(() => parsePlatform(bad), { name: "InvalidArgument" }, bad);
  }
});

function entries(...platforms: string[]): Descriptor[] {
  return platforms.map((text, index) => {
    const [system = "", architecture = "", variant = ""] = text.split("/");
    const [os = "", version = ""] = system.split(/[()]/);
    const platform = platformOf({ os, architecture, variant, "os.version": version });
    return { mediaType: "x", digest: `sha256:${String(index).repeat(64)}` as Digest, size: 1, platform };
  });
}

test("the best manifest of an index is chosen", () => {
  const pick = (wanted: string, ...offered: string[]) => {
    const list = entries(...offered);
    return list.findIndex((entry) => entry === selectManifest(list, parsePlatform(wanted)));
  };
  assert.equal(pick("linux/amd64", "linux/arm64", "linux/amd64"), 1);
  assert.equal(pick("linux/arm/v7", "linux/arm/v5", "linux/arm/v6", "linux/arm64/v8"), 1);
  assert.equal(pick("linux/arm/v6", "linux/arm/v7"), -1);
  assert.equal(pick("linux/arm64", "linux/arm64/v8"), 0);
  assert.equal(pick("linux/amd64/v3", "linux/amd64", "linux/amd64/v2", "linux/amd64/v4"), 1);
  assert.equal(pick("linux/amd64", "unknown/unknown", "windows/amd64"), -1);
  const releases = ["windows(10.0.14393.5)/amd64", "windows(10.0.17763.2)/amd64"];
  assert.equal(pick("windows(10.0.17763.1)/amd64", ...releases), 1);
  assert.equal(pick("windows(10.0.20348)/amd64", ...releases), -1);
  assert.equal(pick("windows/amd64", ...releases), 0);
});
