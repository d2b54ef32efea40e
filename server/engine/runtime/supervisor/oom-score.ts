import { writeFileSync } from "node:fs";

/** As containerd's shims beneath dockerd: almost the last to go. */
const protectedScore = -998;
let isProtected = false;

/** Want of memory is to take containers before the supervisor of all of them (proc(5), oom_score_adj). */
export function protectFromOom(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", String(protectedScore));
    isProtected = true;
  } catch {
    // Without CAP_SYS_RESOURCE, as in a container: it stays as likely to go as others.
  }
}

/** For a process just started, which has inherited the score and is to hand it on to nobody: a container's own is 0 or its `--oom-score-adj`. */
export function leaveUnprotected(pid: number): void {
  if (!isProtected) return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "0");
  } catch {
    // It has ended.
  }
}
