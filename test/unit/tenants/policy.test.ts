import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HostOptions } from "#engine/containers/container.ts";
import { isEngineError, messageOf } from "#engine/errdefs/errors.ts";
import { checkContainer, checkEndpoint } from "#engine/tenants/policy-check.ts";
import { policies, type Policy, type RuleName, runtimeOf } from "#engine/tenants/policy.ts";
import type { TenantPaths } from "#engine/tenants/tenant.ts";
import { workspaceBind } from "#engine/tenants/workspace-paths.ts";
import { newContainer } from "../../suites/new-container.ts";

const paths: TenantPaths = { state: "/d/t", workspace: "/d/t/workspace", socketDir: "/r/t" };

function refusal(policy: Policy, host: Partial<HostOptions>): string | undefined {
  try {
    checkContainer(policy, newContainer(["true"], { host }), paths);
    return undefined;
  } catch (error) {
    assert.ok(isEngineError(error, "permission_denied"), messageOf(error));
    return messageOf(error);
  }
}

const bind = (source: string, propagation = "") => ({
  mounts: [{ type: "bind" as const, source, target: "/x", readonly: false, propagation }],
});

const reachesTheHost: [string, Partial<HostOptions>][] = [
  ["privileged", { privileged: true }],
  ["host network", { networkMode: "host" }],
  ["host pid", { pidMode: "host" }],
  ["host ipc", { ipcMode: "host" }],
  ["host uts", { utsMode: "host" }],
  ["host userns", { usernsMode: "host" }],
  ["host cgroupns", { cgroupnsMode: "host" }],
  ["device", { devices: [{ pathOnHost: "/dev/sda", pathInContainer: "/dev/sda", cgroupPermissions: "rwm" }] }],
  ["capability", { capAdd: ["SYS_ADMIN"] }],
  ["capability with prefix", { capAdd: ["CAP_NET_ADMIN"] }],
  ["every capability", { capAdd: ["ALL"] }],
  ["real time", { ulimits: [{ name: "rtprio", soft: 0, hard: 99 }] }],
  ["real time without end", { ulimits: [{ name: "rtprio", soft: -1, hard: -1 }] }],
  ["unconfined seccomp", { securityOpt: ["seccomp=unconfined"] }],
  ["own seccomp profile", { securityOpt: ["seccomp={}"] }],
  ["unconfined apparmor", { securityOpt: ["apparmor=unconfined"] }],
  ["system paths", { securityOpt: ["systempaths=unconfined"] }],
  ["kernel's sysctl", { sysctls: { "kernel.core_pattern": "|/evil" } }],
  ["cgroup parent", { cgroupParent: "/" }],
  ["annotation of the runtime", { annotations: { "run.oci.hooks.stdout": "/etc/passwd" } }],
  ["log driver that calls out", { logDriver: "syslog" }],
  ["oom score", { oomScoreAdj: -1000 }],
  ["oom kill", { oomKillDisable: true }],
  ["host path", bind("/etc")],
  ["host path by ..", bind("/workspace/../etc")],
  ["name that only begins like the workspace", bind("/workspaces")],
  ["shared propagation", bind("/workspace", "rshared")],
  [
    "volume options",
    {
      mounts: [
        { type: "volume", source: "v", target: "/x", readonly: false, volumeOptions: { device: "/etc", o: "bind" } },
      ],
    },
  ],
];

describe("policy", () => {
  for (const policy of ["class", "public"] as const) {
    for (const [name, host] of reachesTheHost) {
      it(`${policy} refuses: ${name}`, () => {
        const text = refusal(policies[policy], host) ?? "";
        assert.match(text, new RegExp(`is not allowed here \\(rule "\\w+" of the ${policy} policy\\): .+\\. .+\\.`));
        const rule = (/rule "(\w+)"/.exec(text)?.[1] ?? "") as RuleName;
        const opened = { ...policies[policy], [rule]: policies.open[rule] };
        assert.equal(refusal(opened, host), undefined, `${rule} is what the operator changes for that`);
      });
    }
    it(`${policy} allows what an ordinary container asks for`, () => {
      assert.equal(
        refusal(policies[policy], {
          ...bind("/workspace/src"),
          capAdd: ["NET_RAW", "chown"],
          capDrop: ["ALL"],
          securityOpt: ["no-new-privileges"],
          sysctls: { "net.ipv4.ip_forward": "1" },
          pidMode: "container:x",
          networkMode: "mine",
          oomScoreAdj: 500,
          ulimits: [
            { name: "rtprio", soft: 0, hard: 0 },
            { name: "nofile", soft: 1024, hard: 4096 },
          ],
        }),
        undefined,
      );
    });
  }

  it("open allows everything", () => {
    for (const [, host] of reachesTheHost) {
      assert.equal(refusal(policies.open, host), undefined);
    }
  });

  it("lets only known learners choose a runtime", () => {
    assert.equal(refusal(policies.class, { runtime: "runc" }), undefined);
    // Its sandbox would run outside the learner's range of ids.
    assert.match(refusal(policies.class, { runtime: "runsc" }) ?? "", /--runtime runsc is not allowed/);
    assert.match(refusal(policies.public, { runtime: "runc" }) ?? "", /--runtime runc is not allowed/);
  });

  it("lets nobody choose another runtime than the one that the policy is on", () => {
    for (const { runtimes } of [policies.open, policies.class, policies.public]) {
      const policy = { ...policies.class, runtimes, runtime: "runsc" };
      assert.equal(refusal(policy, { runtime: "runsc" }), undefined);
      assert.match(
        refusal(policy, { runtime: "crun" }) ?? "",
        /--runtime crun is not allowed here \(rule "runtime" of/,
      );
      assert.equal(runtimeOf(policy, "crun"), "runsc");
    }
    assert.equal(runtimeOf(policies.class, "crun"), "crun");
  });
});

describe("settings of a container's interface, which drydockd writes", () => {
  const asked = (sysctl: string) => () =>
    checkEndpoint(policies.public, { driverOptions: { "com.docker.network.endpoint.sysctls": sysctl } });

  it("are those of the rule sysctls", () => {
    assert.doesNotThrow(asked("net.ipv4.conf.IFNAME.rp_filter=2,net.ipv6.conf.IFNAME.accept_ra=0"));
    assert.throws(asked("net.ipv4.conf.IFNAME.rp_filter=2,net.ipv4.neigh.IFNAME.mcast_solicit=2147483647"), (error) =>
      /--sysctl net\.ipv4\.neigh\.IFNAME\.mcast_solicit is not allowed here \(rule "sysctls"/.test(messageOf(error)),
    );
  });
});

describe("paths of the workstation", () => {
  it("mean the tenant's own", () => {
    assert.deepEqual(workspaceBind("/workspace/a/../b/", paths), {
      root: "/d/t/workspace",
      path: "b",
      writable: true,
      shown: "/workspace/b",
    });
    assert.deepEqual(workspaceBind("/workspace", paths), {
      root: "/d/t/workspace",
      path: "",
      writable: true,
      shown: "/workspace",
    });
    assert.deepEqual(workspaceBind("/var/run/docker.sock", paths), {
      root: "/r/t",
      path: "docker.sock",
      writable: false,
      shown: "/var/run/docker.sock",
    });
    for (const path of ["/", "relative", "/workspace/../..", "/run/drydock/../x", "/workspace\0"]) {
      assert.equal(workspaceBind(path, paths), undefined, path);
    }
  });
});
