import type { Container } from "../../engine/containers/container.ts";
import type { GarbageCollector } from "../../engine/leases/leases.ts";
import type { LayerStore } from "../../engine/layers/layer-store.ts";
import type { Snapshotter } from "../../engine/snapshots/snapshotter.ts";
import type { UrlSource } from "../../engine/remotes/url-source.ts";
import type { HostInfo } from "../host-info.ts";

/** What routes need beside one tenant's engine: shared, and without anything of a tenant's to be seen through it. */
export interface SharedServices {
  layers: Pick<LayerStore, "get">;
  snapshots: Pick<Snapshotter, "usage">;
  collector: Pick<GarbageCollector, "schedule">;
  host: HostInfo;
  /** web servers that the tenant may reach */
  urls: UrlSource;
  /** path of a container's log file, for inspect */
  logPath: (container: Container) => string;
}
