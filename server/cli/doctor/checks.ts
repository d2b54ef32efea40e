import type { Settings } from "../settings.ts";
import { checkEngine } from "./engine.ts";
import type { Finding } from "./finding.ts";
import { checkDisk, checkPort, checkPreviewPorts, checkRuntimes } from "./host.ts";
import {
  checkAppArmor,
  checkBridge,
  checkCgroups,
  checkKernel,
  checkNftables,
  checkOverlay,
  checkUserNamespaces,
} from "./kernel.ts";
import { checkPackagePlaces } from "./package-places.ts";
import { checkImageSources, checkNames } from "./names.ts";

function kernelChecks(): Finding[] {
  return [
    checkKernel(),
    checkCgroups(),
    checkOverlay(),
    checkUserNamespaces(),
    checkAppArmor(),
    checkNftables(),
    checkBridge(),
  ];
}

/** What `up` must know before it starts anything: one sentence per thing that makes containers impossible. */
export function preflight(): { blockers: string[] } {
  const blockers = kernelChecks().filter((finding) => finding.state === "blocker");
  return { blockers: blockers.map((finding) => `${finding.name}: ${finding.detail}. ${finding.advice ?? ""}`) };
}

export async function allChecks(settings: Settings): Promise<Finding[]> {
  return [
    ...kernelChecks(),
    ...checkRuntimes(),
    checkDisk(settings),
    await checkPort(settings),
    ...(await checkPreviewPorts(settings)),
    await checkNames(),
    checkImageSources(),
    ...(await checkPackagePlaces(settings)),
    ...(await checkEngine(settings)),
  ];
}
