import type { NetworkService } from "../../network/network-service.ts";
import type { ResolverSettings } from "../../network/dns/host-resolvers.ts";
import type { RuntimeSpec } from "../../runtime/runtime-spec.ts";
import type { SpecOptions } from "../../runtime/spec/default-spec.ts";
import type { Executor, RuntimeName } from "../../runtime/task.ts";
import type { CacheMounts } from "./cache-mounts.ts";

/** What RUN needs beyond files. */
export interface ExecTools {
  executor: Executor;
  runtime: () => RuntimeName;
  spec: (options: SpecOptions) => RuntimeSpec;
  networks: NetworkService;
  resolvers: () => ResolverSettings;
  cacheMounts: CacheMounts;
  /** A running container. @throws NotFound, Conflict (not running) */
  container: (nameOrId: string) => JoinedContainer;
  /** for the steps' /etc files; reachable for container users (mode 0711) */
  directory: string;
}

/** A container whose network a step shares, and with it its name and its files in /etc. */
export interface JoinedContainer {
  /** of its main process */
  pid: number;
  hostname: string;
  /** the directory that its hosts, hostname and resolv.conf are in */
  etc: string;
}
