import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SeccompCompiler } from "#engine/runtime/spec/seccomp-compiler.ts";
import { finish, Machine, tenant, textOf, whyNotRuntime } from "./machine.ts";

describe("the system call filter, compiled by us", { skip: whyNotRuntime("crun") ?? false }, () => {
  const machine = new Machine();
  before(() => machine.start());
  after(() => machine.dispose());

  test("a container and its execs have it", async () => {
    const task = await machine.create("crun", ["sleep", "100"]);
    await task.start();
    const user = { uid: 0, gid: 0, additionalGids: [] };
    const exec = await task.exec({
      id: "e1",
      args: ["sh", "-c", "cat /proc/self/status; unshare -n true; echo code $?"],
      env: ["PATH=/bin"],
      cwd: "/",
      user,
      terminal: false,
      stdin: false,
    });
    const [text] = await Promise.all([textOf(exec.io.stdout), exec.start()]);
    assert.match(text, /^Seccomp:\s+2$/m);
    assert.match(text, /code 1$/m);
    await exec.wait();
    await exec.delete();
    await machine.tasks.purge(task.id, tenant);
  });

  test("a profile of one's own", async () => {
    const seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
      syscalls: [{ names: ["chdir"], action: "SCMP_ACT_ERRNO", errnoRet: 13 }],
    };
    assert.notEqual(new SeccompCompiler().compile(seccomp), undefined);
    const task = await machine.create("crun", ["sh", "-c", "cd /tmp || echo refused"], { seccomp });
    const { stdout } = await finish(task);
    assert.equal(stdout, "refused\n");
  });

  test("what we do not compile is left to the runtime", () => {
    const compiler = new SeccompCompiler();
    const plain = { defaultAction: "SCMP_ACT_ALLOW", architectures: [], syscalls: [] };
    assert.notEqual(compiler.compile(plain), undefined);
    const others = [
      { ...plain, flags: ["SECCOMP_FILTER_FLAG_LOG"] },
      { ...plain, defaultAction: "SCMP_ACT_NOTIFY" },
      { ...plain, defaultAction: "toString" },
      { ...plain, syscalls: [{ names: "open", action: "SCMP_ACT_ALLOW" }] },
      {
        ...plain,
        syscalls: [{ names: ["open"], action: "SCMP_ACT_ALLOW", args: [{ index: 9, value: 0, op: "SCMP_CMP_EQ" }] }],
      },
      { ...plain, architectures: ["SCMP_ARCH_NONE"] },
      null,
    ];
    for (const profile of others) assert.equal(compiler.compile(profile), undefined, JSON.stringify(profile));
  });
});
