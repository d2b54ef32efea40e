import type { Builder } from "./builder/builder.ts";
import type {
  ContainerFiles,
  ContainerService,
  ContainerStreams,
  ExecService,
} from "./containers/container-service.ts";
import type { EventBus } from "./events/events.ts";
import type { ImageStore } from "./images/image-store.ts";
import type { NetworkService } from "./network/network-service.ts";
import type { ImageTransfer, RegistryInspection, RegistryLogin } from "./remotes/remotes.ts";
import type { Tenant, TenantPaths } from "./tenants/tenant.ts";
import type { TerminalService } from "./terminals/terminal-service.ts";
import type { VolumeService } from "./volumes/volume-service.ts";

/**
 * Everything one tenant can see and touch. A route gets this and nothing else, so it cannot forget the scope:
 * what belongs to another tenant does not exist here.
 */
export interface TenantEngine {
  readonly tenant: Tenant;
  readonly paths: TenantPaths;
  readonly images: ImageStore;
  readonly transfer: ImageTransfer & RegistryLogin & RegistryInspection;
  readonly builder: Builder;
  readonly containers: ContainerService;
  readonly streams: ContainerStreams;
  readonly files: ContainerFiles;
  readonly execs: ExecService;
  readonly networks: NetworkService;
  readonly volumes: VolumeService;
  readonly events: EventBus;
  readonly terminals: TerminalService;
}
