/**
 * What the page shows of one container beside its place in the list.
 *
 * | route | body → answer |
 * |---|---|
 * | GET /api/w/{id}/containers/{id}/inspect          | → what `docker inspect` shows, as Docker's API has it |
 * | GET /api/w/{id}/containers/{id}/top?again=       | → ContainerProcesses; `again`: asked by the page itself |
 * | GET /api/w/{id}/containers/{id}/anatomy          | → RunAnatomy (run-anatomy.ts) |
 * | GET /api/w/{id}/containers/{id}/log              | → all its log as text, a time before each line, to keep |
 * | GET /api/w/{id}/containers/{id}/directory?path=  | → DirectoryListing |
 * | GET /api/w/{id}/containers/{id}/file?path=       | → bytes of a regular file |
 * | PUT /api/w/{id}/containers/{id}/file?path=       | bytes → 204; mode and owner of a file that is there stay |
 * | GET /api/w/{id}/containers/{id}/archive?path=    | → application/x-tar of a file or directory |
 *
 * All of the workspace's owner alone. How busy a container is comes by the socket (`stats` in socket-events.ts).
 */
import { z } from "zod";

/** An absolute path in a container; the engine resolves it within the container whatever it says. */
export const containerPathSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => path.startsWith("/") && !path.includes("\0"), "must begin with a slash");

/** Bytes of a file that the page writes into a container. */
export const largestContainerFile = 32 * 1024 * 1024;

/** The answer of `ps` for a container: column titles and a row per process. */
export interface ContainerProcesses {
  titles: string[];
  processes: string[][];
}

/** Of what a container uses: how much it may. `whose`: set for it alone, or for all of the workspace together. */
export interface Allowed {
  value: number;
  whose: "container" | "workspace";
}

/** How busy a container was in about the last second. */
export interface ContainerStats {
  /** ms since the epoch */
  time: number;
  /** 1 is one processor all the time; undefined in the first sample */
  cpus?: number;
  /** bytes, without the cache of files that the kernel can take back at any moment */
  memory: number;
  processes: number;
  /** bytes a second; undefined in the first sample */
  network?: { received: number; sent: number };
  disk?: { read: number; written: number };
  allowed: { cpus?: Allowed; memory?: Allowed; processes?: Allowed };
}
