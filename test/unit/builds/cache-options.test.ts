import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheSource, cacheTarget } from "#engine/builds/cache-options.ts";
import { parseOptionList } from "#engine/builds/option-list.ts";

const open = (path: string) => ({ root: `/workspace/${path}`, hostBase: 0, dispose: async () => {} });

test("options are one line of CSV", () => {
  assert.deepEqual(
    [...parseOptionList('type=registry,"ref=a,""b""",Mode=max,empty=', "cache-to")],
    [
      ["type", "registry"],
      ["ref", 'a,"b"'],
      ["mode", "max"],
      ["empty", ""],
    ],
  );
  for (const wrong of ["", "type", "type=local,src", "=x"]) {
    assert.throws(() => parseOptionList(wrong, "cache-to"), /^InvalidArgument: invalid cache-to/, wrong);
  }
});

test("caches come from registries and directories", () => {
  assert.deepEqual(cacheSource("example.com/app", open), { type: "registry", reference: "example.com/app:latest" });
  assert.deepEqual(cacheSource("type=registry,ref=app:v1", open), { type: "registry", reference: "app:v1" });
  const { name, type } = cacheSource("type=local,src=cache", open) as { name: string; type: string };
  assert.deepEqual([type, name], ["local", "cache"]);
  assert.throws(() => cacheSource("type=local", open), /src= is missing/);
  assert.throws(() => cacheSource("type=gha", open), /caches of the type gha are not there: one of registry, local/);
});

test("caches go into the image, registries and directories", () => {
  assert.deepEqual(cacheTarget("type=inline", open), { type: "inline" });
  assert.deepEqual(cacheTarget("type=registry,ref=app,mode=max,ignore-error=true", open), {
    type: "registry",
    reference: "app:latest",
    mode: "max",
    ignoreError: true,
  });
  const local = cacheTarget("type=local,dest=out", open);
  assert.ok(local.type === "local" && local.mode === "min" && local.directory.root === "/workspace/out");
  assert.throws(() => cacheTarget("type=registry,ref=app,mode=all", open), /mode is min .* or max .*, not all/);
  assert.throws(() => cacheTarget("ref=app", open), /type= is missing: one of inline, registry, local/);
});
