import { check } from "../http/body.ts";
import { foldKeys } from "../http/fold-keys.ts";
import { type CreateContainerBody, hostConfigSchema } from "./schemas.ts";

/** Of these dockerd also takes the one beside `HostConfig` where there is none within. */
const eitherPlace = ["Memory", "MemorySwap", "CpuShares", "CpusetCpus", "VolumeDriver"] as const;

/**
 * What old clients (API 1.17, and those that never changed) say of the host stands beside the image's name, not in
 * `HostConfig`. dockerd took it there until version 25 (moby, runconfig/config_unix.go, getHostConfig). Changes `body`.
 * @throws InvalidArgument naming the first field that has another shape
 */
export function takeHostConfigAtTop(body: CreateContainerBody): void {
  const top = check(hostConfigSchema, foldKeys(hostConfigSchema, body.$top));
  if (Object.keys(body.$top).some((name) => name !== "$empty") && !body.HostConfig) {
    body.HostConfig = top;
  }
  const { HostConfig: host } = body;
  if (!host) return;
  for (const field of eitherPlace) Object.assign(host, { [field]: host[field] || top[field] });
  host.CpusetCpus ||= body.Cpuset;
}
