import { spawnSync } from "node:child_process";

/** What the tests on gVisor's kernel need of the machine's runsc. */
const { status, stdout } = spawnSync("runsc", ["--version"], { encoding: "utf8" });

/** Why nothing can run on gVisor here; undefined where it can. */
export const whyNoGvisor = status === 0 ? undefined : "runsc is not installed";

const release = Number(/(20\d{6})/.exec(stdout)?.[1] ?? 0);

/** Why programs that ask for files with statx(2), and what is told of sandboxes' ids, do not work here; undefined where they do. */
export const whyOldGvisor =
  release >= 20_230_101 ? undefined : `runsc ${release}: GNU stat and ls fail with releases before 2023`;
