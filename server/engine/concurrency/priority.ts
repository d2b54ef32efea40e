import { readFileSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { setFlagsFromString } from "node:v8";
import koffi from "koffi";

const syscall = koffi.load("libc.so.6").func("long syscall(long, int, void *, unsigned int)");
/** sched_setattr(2) has a wrapper in glibc since 2.41 only, and is one of the calls whose number each processor has its own of. */
const setAttributes = { x64: 314, arm64: 274 }[process.arch as string];

/** sched(7): a process or thread that is started from here has the usual priority, and the usual slice */
const SCHED_FLAG_RESET_ON_FORK = 1n;
/** nice(2): about ten times the usual share */
const favoured = -10;
/** About three times the usual share. It is for all that runs in the session, also for what has none of its own. */
const favouredSession = -5;
/**
 * Of processor time that is asked for at once, ns; the shortest there is. Who asks for less than what runs now gets the
 * processor when it wakes, not when the other's slice is over, which takes up to a tick of the kernel's clock (4 ms).
 * Its share stays what it is. (Linux 6.12 and later; before that it means nothing.)
 */
const shortSlice = 100_000n;

/**
 * This thread, which everybody's keystrokes pass, goes before what learners compute, when both want the processor; nothing
 * that it starts does. @returns false where that is not allowed (without CAP_SYS_NICE)
 */
export function favourThisThread(): boolean {
  // V8 has threads of its own help to collect young objects and waits for them, which wait for a processor as all others do.
  setFlagsFromString("--no-parallel-scavenge");
  if (schedule(0, favoured, SCHED_FLAG_RESET_ON_FORK)) return true;
  // As in a container: its share is like the others'.
  hasten(0);
  return false;
}

/**
 * Where no control group does, the kernel divides the processors among sessions, each of which counts as one, and a
 * thread's priority is one within its session (sched(7), "The autogroup feature"). This one goes before others, if it is
 * this process's own: not whosever session drydockd is started in by hand.
 */
export function favourThisSession(): void {
  try {
    const [, , , session] = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    if (Number(session) === process.pid) writeFileSync("/proc/self/autogroup", String(favouredSession));
  } catch {
    // A kernel without the feature, or it is not allowed, as in a container.
  }
}

/**
 * A process that mostly waits for somebody, as at a terminal, and what it starts need not wait for others' slices to end.
 * Anybody may ask that for himself. Nothing happens where the kernel does not know it, or to a process that has ended.
 */
export function hasten(pid: number): void {
  try {
    schedule(pid, getPriority(pid), 0n);
  } catch (error) {
    if ((error as { info?: { code?: string } }).info?.code !== "ESRCH") throw error;
  }
}

/** struct sched_attr of sched_setattr(2), with the policy of zero, SCHED_OTHER. */
function schedule(pid: number, nice: number, flags: bigint): boolean {
  const attributes = Buffer.alloc(48);
  attributes.writeUInt32LE(attributes.length, 0);
  attributes.writeBigUInt64LE(flags, 8);
  attributes.writeInt32LE(nice, 16);
  attributes.writeBigUInt64LE(shortSlice, 24);
  return setAttributes !== undefined && syscall(setAttributes, pid, attributes, 0) === 0;
}
