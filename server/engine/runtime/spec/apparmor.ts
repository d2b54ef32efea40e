import { existsSync, readFileSync } from "node:fs";

/** What containers and build steps are confined by where the kernel has AppArmor and the profile could be loaded. */
export const profileName = "drydock-default";

/**
 * The profile (apparmor.d(5)), complete in itself. Everything that other walls keep shut too: what of /proc and /sys is the
 * machine's stays unwritten, mounts are not made, and processes outside are neither traced nor signalled, also where a
 * capability was added, or a path was unmasked. Without `abi`, so that parsers from 2.13 on take it.
 */
export const profileText = `profile ${profileName} flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  network,
  unix,
  umount,
  signal (receive),
  signal (send) peer=${profileName},
  ptrace (readby, tracedby),
  ptrace (read, trace) peer=${profileName},

  deny mount,
  deny pivot_root,
  deny /proc/* w,
  deny /proc/{acpi,bus,driver,fs,irq,scsi,sys,tty}/** wkl,
  deny /proc/{kcore,kmem,kmsg,mem,sysrq-trigger,timer_list,latency_stats,sched_debug} rwkl,
  deny /sys/{block,bus,class,dev,devices,firmware,hypervisor,kernel,module,power}/** wkl,
  deny /sys/{firmware,kernel/security,kernel/debug,kernel/tracing,devices/virtual/powercap}/** r,
}
`;

/** Whether the kernel has AppArmor, and it is on. @param parameters of the kernel's module */
export function hasAppArmor(parameters = "/sys/module/apparmor/parameters"): boolean {
  const file = `${parameters}/enabled`;
  return existsSync(file) && readFileSync(file, "utf8").trim() === "Y";
}

/**
 * The profile that a process is to have: its own, by name, else ours; none without AppArmor, for what is privileged, and
 * where none is wanted (`unconfined`).
 */
export function profileOf(
  { appArmor, privileged }: { appArmor?: string; privileged?: boolean },
  host: { appArmor: string | undefined },
): { apparmorProfile?: string } {
  if (host.appArmor === undefined) return {};
  const profile = appArmor ?? (privileged === true ? "unconfined" : host.appArmor);
  return profile === "unconfined" || profile === "" ? {} : { apparmorProfile: profile };
}
