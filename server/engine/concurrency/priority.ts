import { setPriority } from "node:os";
import koffi from "koffi";

/** sched(7): a process or thread that is started from here has the usual priority */
const SCHED_OTHER_RESET_ON_FORK = 0x4000_0000;
/** nice(2): about ten times the usual share */
const favoured = -10;

/**
 * This thread, which everybody's keystrokes pass, goes before what learners compute, when both want the processor; nothing
 * that it starts does. @returns false where that is not allowed (without CAP_SYS_NICE)
 */
export function favourThisThread(): boolean {
  const setScheduler = koffi.load("libc.so.6").func("int sched_setscheduler(int, int, int *)");
  if (setScheduler(0, SCHED_OTHER_RESET_ON_FORK, [0]) !== 0) return false;
  try {
    setPriority(favoured);
    return true;
  } catch {
    // As in a container: it is scheduled like the others.
    return false;
  }
}
