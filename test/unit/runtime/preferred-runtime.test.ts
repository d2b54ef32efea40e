import assert from "node:assert/strict";
import { test } from "node:test";
import { FailedPrecondition } from "#engine/errdefs/errors.ts";
import { preferredRuntime } from "#engine/runtime/drivers/preferred-runtime.ts";

function installed(version: string | undefined) {
  return {
    version: (): Promise<string> =>
      version === undefined ? Promise.reject(new FailedPrecondition("not installed")) : Promise.resolve(version),
  };
}

function drivers(crun: ReturnType<typeof installed>, runc: ReturnType<typeof installed>) {
  return new Map([
    ["crun", crun],
    ["runc", runc],
  ]);
}

for (const [crun, runc, wanted] of [
  ["1.8.1", "1.1.5", "crun"],
  ["1.0", "1.1.5", "crun"],
  ["1.21", undefined, "crun"],
  ["0.17", "1.3.4-0ubuntu1", "runc"],
  ["0.17", undefined, "crun"],
  [undefined, "1.1.5", "runc"],
  [undefined, undefined, "crun"],
] as const) {
  test(`with crun ${crun ?? "missing"} and runc ${runc ?? "missing"}, ${wanted} is the default`, async () => {
    assert.equal(await preferredRuntime(drivers(installed(crun), installed(runc))), wanted);
  });
}

test("what goes wrong otherwise is not taken for a runtime that is missing", async () => {
  const broken = { version: (): Promise<string> => Promise.reject(new Error("EIO")) };
  await assert.rejects(() => preferredRuntime(drivers(broken, installed("1.1.5"))), /EIO/);
});
