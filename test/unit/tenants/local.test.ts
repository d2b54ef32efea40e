import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isEngineError } from "#engine/errdefs/errors.ts";
import { Database } from "#engine/metadata/database.ts";
import { chooseRange, parseSubordinateRanges } from "#engine/tenants/id-ranges.ts";
import { LocalTenants } from "#engine/tenants/local.ts";

let root = "";
let database: Database;
let tenants: LocalTenants;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "drydock-tenants-"));
  database = new Database(":memory:");
  tenants = new LocalTenants({
    database,
    dataRoot: join(root, "data"),
    runRoot: join(root, "run"),
    reservedIds: () => [],
  });
});
afterEach(() => {
  database.close();
  rmSync(root, { recursive: true, force: true });
});

describe("tenants", () => {
  it("each have their own ids and directories", async () => {
    await tenants.restore();
    const anna = await tenants.create({ id: "anna", policy: "class", limits: { memory: 1e9 } });
    const berta = await tenants.create({ policy: "public" });
    const bases = tenants.list().map((tenant) => tenant.idMap.hostBase);
    assert.deepEqual(bases, [1_000_000, 1_065_536, 1_131_072]);
    assert.deepEqual(tenants.get("anna"), anna);
    assert.equal(anna.cgroupParent, "/drydock/anna");
    assert.ok(existsSync(tenants.paths(berta.id).workspace));
    await assert.rejects(tenants.create({ id: "anna", policy: "class" }), (error) =>
      isEngineError(error, "already_exists"),
    );
    await tenants.remove(anna.id);
    assert.ok(!existsSync(tenants.paths(anna.id).state));
    assert.throws(() => tenants.get("anna"), /no such tenant: anna/);
    assert.equal(
      (await tenants.create({ id: "clara", policy: "class" })).idMap.hostBase,
      1_065_536,
      "freed ids are used again",
    );
  });

  it("have ids that are safe in paths and names", async () => {
    for (const id of ["ab", "Anna", "../etc", "a/b", "1abc", "a".repeat(41), "anna-", "an na", ""]) {
      await assert.rejects(
        tenants.create({ id, policy: "class" }),
        (error) => isEngineError(error, "invalid_argument"),
        id,
      );
    }
  });

  it("have no limit with which nothing could run", async () => {
    const message = "the limit memory is a number of 6 MiB or more; without it, there is none";
    await assert.rejects(tenants.create({ id: "anna", policy: "class", limits: { memory: 0 } }), { message });
    await tenants.create({ id: "anna", policy: "class", limits: { memory: 2 ** 30, ports: 0 } });
    for (const limits of [{ openFiles: 0 }, { pids: -1 }, { cpus: Number.NaN }, { requestsAtOnce: 0 }]) {
      assert.throws(
        () => tenants.setLimits("anna", limits),
        (error) => isEngineError(error, "invalid_argument"),
      );
    }
    assert.deepEqual(tenants.get("anna").ownLimits, { memory: 2 ** 30, ports: 0 });
  });

  it("keep the operator", async () => {
    await tenants.restore();
    await tenants.restore();
    const [operator] = tenants.list();
    assert.equal(operator?.policy, "open");
    assert.ok(operator !== undefined);
    await assert.rejects(tenants.remove(operator.id), /cannot be removed/);
  });
});

describe("ranges of host ids", () => {
  it("avoid those of others", () => {
    const taken = parseSubordinateRanges("user:1000000:65536\nother:1100000:10\n# comment\nbroken\n");
    assert.equal(taken.length, 2);
    assert.equal(chooseRange(1_000_000, taken).hostBase, 1_131_072);
    assert.equal(chooseRange(1_000_000, [{ start: 0, size: 3_000_000 }]).hostBase >= 3_000_000, true);
    assert.throws(() => chooseRange(2 ** 31 - 10, []), /No range of host user ids is left/);
  });
});
