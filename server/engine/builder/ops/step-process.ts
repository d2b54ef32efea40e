import { whatIsOverProc } from "../../containers/proc-mounts.ts";
import { Unknown } from "../../errdefs/errors.ts";
import { hasOwnStack } from "../../network/container-files.ts";
import type { RuntimeSpec } from "../../runtime/runtime-spec.ts";
import type { TenantId } from "../../tenants/tenant.ts";
import type { ExecTools } from "./exec-tools.ts";
import type { StepFiles } from "./step-files.ts";

/** A process of a build, in namespaces of its own. */
export interface StepProcess {
  id: string;
  tenant: TenantId;
  spec: RuntimeSpec;
  rootfs: string;
  /** `none`, `host`, or the name of one of the tenant's networks */
  network: string;
  /** gets the address that the process has */
  files: StepFiles;
  onStdout: (chunk: Buffer) => void | Promise<void>;
  onStderr: (chunk: Buffer) => void | Promise<void>;
  signal: AbortSignal;
}

/** Runs it to its end, on its network, under that network's rules. */
export async function runStepProcess(
  { id, tenant, spec, rootfs, network, files, onStdout, onStderr, signal }: StepProcess,
  { executor, networks, runtime: runtimeNow }: Pick<ExecTools, "executor" | "networks" | "runtime">,
): ReturnType<ExecTools["executor"]["run"]> {
  const runtime = runtimeNow();
  const ownStack = hasOwnStack(runtime);
  try {
    return await executor.run({
      id,
      tenant,
      runtime,
      spec,
      rootfs,
      onStdout,
      onStderr,
      onCreated: async (pid) => {
        const over = runtime === "crun" ? whatIsOverProc(pid, spec.linux.maskedPaths) : undefined;
        if (over !== undefined) throw new Unknown(`runc run failed: ${over}`);
        if (hasOwnNetwork(network)) {
          const dns = { servers: [], search: [], options: [] };
          await networks.sandboxes.open({ id, netns: `/proc/${pid}/ns/net`, names: [], dns, door: false, ownStack });
        }
        if (hasOwnNetwork(network) && network !== "none") {
          const endpoint = await networks.sandboxes.connect(id, networks.get(network).id);
          files.setAddress(endpoint.ipv4);
          if (ownStack) files.setResolver(networks.sandboxes.resolver(id));
        }
      },
      signal,
    });
  } finally {
    if (hasOwnNetwork(network)) {
      await networks.sandboxes.close(id);
    }
  }
}

/** `container:<name>` is another's, as the host's is. */
function hasOwnNetwork(network: string): boolean {
  return network !== "host" && !network.startsWith("container:");
}
