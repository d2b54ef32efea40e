import { AsyncLocalStorage } from "node:async_hooks";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf, FailedPrecondition } from "../../errdefs/errors.ts";
import { errnoCode } from "../../mount/errno.ts";
import { type CgroupHierarchy, controllerDir, directoriesOf } from "./hierarchy.ts";

/** What is charged to whoever it is done for. */
const charged = ["cpu", "memory", "pids", "blkio"];
/** In v2 a cgroup that hands controllers down has no processes of its own (cgroup-v2.rst, No Internal Process Constraint). */
const leaf = ".requests";

/** Directories of a control group that programs which work for somebody's request are put into. */
export type Account = readonly string[];

/** The account of whose request is being answered; outside of requests, and of who is limited in nothing, there is none. */
export const currentAccount = new AsyncLocalStorage<Account | undefined>();

/** The account of a tenant. Nothing is made yet. */
export function accountOf(hierarchy: CgroupHierarchy, cgroupParent: string): Account {
  const path = join(cgroupParent, leaf);
  if (hierarchy.version === "v2") return directoriesOf(hierarchy, path);
  return [...new Set(charged.flatMap((name) => controllerDir(hierarchy, name, path) ?? []))];
}

/** A command line, its program to begin in the control group of whose request it is run for. */
export function asCharged(command: readonly [string, ...string[]]): [string, ...string[]] {
  const account = currentAccount.getStore();
  return account === undefined ? [...command] : [...chargedTo(account), ...command];
}

/** Exit status of a program that could not be put there, and did nothing (as env(1) has it). */
export const notCharged = 125;

/** The words that have a program begin in the control group of `account`, which is made if need be; before those of the program. */
function chargedTo(account: Account): [string, ...string[]] {
  for (const directory of account) {
    try {
      mkdirSync(directory);
    } catch (error) {
      // ENOENT: the tenant is being removed, and there is nothing to go into.
      if (errnoCode(error) === "EEXIST" || errnoCode(error) === "ENOENT") continue;
      throw new FailedPrecondition(`the control group ${directory} cannot be made: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
  const enter = account.map((_, index) => `echo 0 >"$${index + 1}/cgroup.procs" || exit ${notCharged}`);
  return ["sh", "-c", `${enter.join("; ")}; shift ${account.length}; exec "$@"`, "sh", ...account];
}
