import assert from "node:assert/strict";
import { test } from "node:test";
import {
  canonicalString,
  familiarName,
  familiarString,
  parseName,
  parseReference,
} from "../../../server/engine/reference/reference.ts";

const sha = `sha256:${"a1".repeat(32)}`;

const good: [input: string, canonical: string, familiar: string][] = [
  ["busybox", "docker.io/library/busybox:latest", "busybox:latest"],
  ["busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"],
  ["library/busybox", "docker.io/library/busybox:latest", "busybox:latest"],
  ["docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"],
  ["index.docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"],
  ["docker.io/library/busybox:a", "docker.io/library/busybox:a", "busybox:a"],
  ["user/app", "docker.io/user/app:latest", "user/app:latest"],
  ["library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"],
  ["drydock/workstation", "docker.io/drydock/workstation:latest", "drydock/workstation:latest"],
  ["localhost/app", "localhost/app:latest", "localhost/app:latest"],
  ["localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"],
  ["127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest", "127.0.0.1:5000/a/b/c:latest"],
  ["[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"],
  ["[2001:db8::1]/app:v1", "[2001:db8::1]/app:v1", "[2001:db8::1]/app:v1"],
  ["ghcr.io/a/b__c/d---e.f_g", "ghcr.io/a/b__c/d---e.f_g:latest", "ghcr.io/a/b__c/d---e.f_g:latest"],
  ["Registry.Example/app", "Registry.Example/app:latest", "Registry.Example/app:latest"],
  ["UPPER/app", "UPPER/app:latest", "UPPER/app:latest"],
  [`busybox@${sha}`, `docker.io/library/busybox@${sha}`, `busybox@${sha}`],
  [`busybox:1@${sha}`, `docker.io/library/busybox:1@${sha}`, `busybox:1@${sha}`],
  ["a:_under.Score-1", "docker.io/library/a:_under.Score-1", "a:_under.Score-1"],
];

test("names are normalised and printed as people write them", () => {
  for (const [input, canonical, familiar] of good) {
    const parsed = parseReference(input);
    assert.equal(canonicalString(parsed), canonical, input);
    assert.equal(familiarString(parsed), familiar, input);
    assert.deepEqual(parseReference(canonicalString(parsed)), parsed, `${input}: canonical form parses to the same`);
    assert.deepEqual(parseReference(familiarString(parsed)), parsed, `${input}: familiar form parses to the same`);
  }
});

const bad: [input: string, message: string][] = [
  ["", "invalid reference format"],
  [":tag", "invalid reference format"],
  ["a:", "invalid reference format"],
  ["a:-tag", "invalid reference format"],
  [`a:${"t".repeat(129)}`, "invalid reference format"],
  ["a b", "invalid reference format"],
  ["a//b", "invalid reference format"],
  ["/a", "invalid reference format"],
  ["a/", "invalid reference format"],
  ["-a", "invalid reference format"],
  ["a..b", "invalid reference format"],
  ["a___b", "invalid reference format"],
  ["../etc", "invalid reference format"],
  ["a@sha256:abc", "invalid reference format"],
  ["a@sha512:00", "invalid reference format"],
  [`a@sha256:${"a1".repeat(31)}`, "invalid checksum digest length"],
  [`a@sha256:${"A1".repeat(32)}`, "invalid checksum digest format"],
  [`a@md5:${"a1".repeat(16)}`, "unsupported digest algorithm"],
  [`a@${sha}:tag`, "invalid reference format"],
  ["[::1/app", "invalid reference format"],
  ["-host.example/app", "invalid reference format"],
  ["a\n", "invalid reference format"],
  ["a\0b", "invalid reference format"],
  ["ä", "invalid reference format"],
  ["a".repeat(5000), "invalid reference format"],
  ["Busybox", "invalid reference format: repository name must be lowercase"],
  ["Bad Name", "invalid reference format: repository name must be lowercase"],
  ["ghcr.io/User/app", "invalid reference format: repository name must be lowercase"],
  [
    "0123456789abcdef".repeat(4),
    `invalid repository name (${"0123456789abcdef".repeat(4)}), cannot specify 64-byte hexadecimal strings`,
  ],
  [`${"a/".repeat(125)}abcdefgh`, "repository name must not be more than 255 characters"],
];

test("bad names are refused with dockerd's words", () => {
  for (const [input, message] of bad) {
    assert.throws(
      () => parseReference(input),
      { name: "InvalidArgument", message },
      JSON.stringify(input.slice(0, 40)),
    );
  }
});

test("parseName adds no tag", () => {
  assert.equal(parseName("busybox").tag, undefined);
  assert.equal(familiarName(parseName("docker.io/library/busybox")), "busybox");
});
