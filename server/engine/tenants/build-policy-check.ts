import type { Ulimit } from "../runtime/spec/rlimits.ts";
import {
  cgroupParentRefusal,
  checkNamespaces,
  checkRealTime,
  PolicyRefusal,
  privilegedRefusal,
} from "./policy-check.ts";
import type { Policy } from "./policy.ts";

/** A RUN elsewhere would be a way around the rule for containers. @throws PermissionDenied */
export function checkBuildCgroup(policy: Policy, cgroupParent: string): void {
  for (const refusal of cgroupParentRefusal(policy, cgroupParent)) {
    throw new PolicyRefusal(policy, refusal);
  }
}

/** RUN with limits of its own. @throws PermissionDenied */
export function checkBuildUlimits(policy: Policy, ulimits: readonly Ulimit[]): void {
  for (const refusal of checkRealTime(policy, { ulimits })) {
    throw new PolicyRefusal(policy, refusal);
  }
}

/** RUN on the machine's network. @throws PermissionDenied */
export function checkBuildNetwork(policy: Policy, network: string): void {
  for (const refusal of checkNamespaces(policy, { networkMode: network })) {
    throw new PolicyRefusal(policy, refusal);
  }
}

/** RUN --security=insecure. @throws PermissionDenied */
export function checkBuildPrivileges(policy: Policy, privileged: boolean): void {
  for (const refusal of privilegedRefusal(policy, privileged)) {
    throw new PolicyRefusal(policy, { ...refusal, asked: "RUN --security=insecure" });
  }
}
