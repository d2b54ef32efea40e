import { Conflict, errorOfCode, isEngineError } from "../errdefs/errors.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { Container } from "./container.ts";

type Table = Pick<ContainerParts["table"], "find">;
type Kind = "network" | "pid" | "ipc";

/**
 * The running container whose namespace another joins with `container:<x>`.
 * @throws NotFound, InvalidArgument (name), Conflict (does not run, or waits to be restarted) in dockerd's words (moby,
 * daemon/container_operations_unix.go)
 */
export function joinedContainer(table: Table, nameOrId: string, kind: Kind): Container {
  if (kind !== "ipc") return findRunning(table, nameOrId, kind);
  return inWords(`can't join IPC of container ${nameOrId}`, () => findRunning(table, nameOrId, kind));
}

function findRunning(table: Table, nameOrId: string, kind: Kind): Container {
  const notRunning = `cannot join ${kind === "pid" ? "PID" : kind} of a non running container: ${nameOrId}`;
  const find = () => table.find(nameOrId).record;
  const other = kind === "pid" ? inWords(notRunning, find) : find();
  if (other.status === "restarting") {
    throw new Conflict(`Container ${other.id} is restarting, wait until the container is running`);
  }
  if (other.pid <= 0) {
    throw new Conflict(kind === "network" ? notRunning : `container ${other.id} is not running`);
  }
  return other;
}

function inWords<T>(words: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw isEngineError(error) ? errorOfCode(error.code, `${words}: ${error.message}`) : error;
  }
}
