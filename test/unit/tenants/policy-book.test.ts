import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { InvalidArgument, NotFound } from "#engine/errdefs/errors.ts";
import { Database } from "#engine/metadata/database.ts";
import { parsePolicyName, PolicyBook } from "#engine/tenants/policy-book.ts";
import { policies, policyRules } from "#engine/tenants/policy.ts";

let database: Database;
let book: PolicyBook;
beforeEach(() => {
  database = new Database(":memory:");
  book = new PolicyBook(database);
});
afterEach(() => database.close());

describe("policies as data", () => {
  it("are those that ship, until the operator changes them, also after a restart", () => {
    assert.deepEqual(book.get("class"), policies.class);
    book.change("class", { capabilities: ["NET_ADMIN"], devices: true });
    book.change("class", { publish: "host" });
    const changed = { ...policies.class, capabilities: ["NET_ADMIN"], devices: true, publish: "host" };
    assert.deepEqual(book.get("class"), changed);
    assert.deepEqual(new PolicyBook(database).get("class"), changed);
    assert.deepEqual(book.get("public"), policies.public);
    assert.equal(book.reset("class", ["devices"]).devices, false);
    assert.deepEqual(book.changes("class"), { capabilities: ["NET_ADMIN"], publish: "host" });
    assert.deepEqual(book.reset("class"), policies.class);
  });

  it("take only values that their rules have, and nothing of a change that has another", () => {
    const wrong: [Record<string, unknown>, RegExp][] = [
      [{ devices: "yes" }, /devices is on or off/],
      [{ binds: "anywhere" }, /binds is one of workspace, host/],
      [{ runtimes: ["crun", "kata"] }, /runtimes may hold crun, runc, runsc: not kata/],
      [{ capabilities: ["NET_ADMN"] }, /capabilities may hold CHOWN, .*: not NET_ADMN/],
      [{ runtimes: "all" }, /runtimes is a list of names/],
      [{ sysctls: ["net.*", "a b"] }, /sysctls is a list of names, or "all"/],
      [{ memory: 0 }, /^the limit memory is a number of 6 MiB or more, or "none"$/],
      [{ images: 0, openFiles: "many" }, /openFiles is a number of 20 or more/],
      [{ devices: true, magic: true }, /there is no rule "magic": privileged/],
      [{ __proto__: null, name: "open" }, /there is no rule "name"/],
    ];
    for (const [changes, words] of wrong) {
      assert.throws(
        () => book.change("public", changes),
        (error) => error instanceof InvalidArgument && words.test(error.message),
      );
    }
    assert.deepEqual(book.get("public"), policies.public);
    assert.throws(() => parsePolicyName("toString"), NotFound);
  });

  it("have a rule for each of their values, which what ships keeps", () => {
    for (const policy of Object.values(policies)) {
      const { name, ...values } = policy;
      assert.deepEqual(Object.keys(values).toSorted(), Object.keys(policyRules).toSorted());
      assert.deepEqual(book.change(name, values), policy);
    }
  });
});
