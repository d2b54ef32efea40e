import type { Digest } from "../oci/digest.ts";
import type { Descriptor, ImageConfig } from "../oci/types.ts";
import type { LayerID } from "../layers/layer-store.ts";

/** One image of one tenant. */
export interface Image {
  /** digest of the config: Docker's image ID */
  id: Digest;
  config: ImageConfig;
  /** layers, lowest first */
  layers: LayerID[];
  /** familiar tagged names: `busybox:latest`, `ghcr.io/a/b:1` */
  tags: string[];
  /** familiar names with the manifest's digest, for what was pulled or pushed: `busybox@sha256:...` */
  repoDigests: string[];
  /** the manifest it was pulled as or pushed as, if any */
  manifest?: Descriptor;
  /** bytes of all its layers, uncompressed */
  size: number;
  /** ms since the epoch at which it last got a name, or came */
  taggedAt: number;
  /** ms since the epoch of the last tag that was made here; 0: only pulled or loaded */
  lastTag: number;
  /** true for stand-ins that `catalogue/` built from the distribution's packages */
  standIn: boolean;
  /** parent image of a build or commit, if any */
  parent?: Digest;
}

export interface NewImage {
  config: ImageConfig;
  /** lowest first; the store fills `config.rootfs.diff_ids` from them */
  layers: LayerID[];
  tags?: string[];
  /** it was pulled or loaded: `tags` are not made here */
  arrived?: boolean;
  repoDigests?: string[];
  manifest?: Descriptor;
  /** exact bytes of the config as pulled or loaded; without it the config is serialised canonically */
  rawConfig?: Uint8Array;
  standIn?: boolean;
  parent?: Digest;
}

/** The images of one tenant. Configs live in the content store; records in the metadata; layers are shared. */
export interface ImageStore {
  list(): Image[];
  /** By id, unique id prefix (with or without `sha256:`), name, name:tag or name@digest. @throws NotFound `No such image: x`, InvalidArgument */
  get(reference: string): Image;
  /** Like `get`, but undefined when absent. */
  find(reference: string): Image | undefined;
  /** @param id a whole one */
  has(id: string): boolean;
  /** Idempotent by id: an image that exists gains the tags. Emits no event. */
  create(image: NewImage): Promise<Image>;
  /** Moves the name if another image has it. Publishes the event `tag`. @throws NotFound, InvalidArgument, ResourceExhausted */
  tag(reference: string, name: string): void;
  /** What an image was made from; one that has a parent keeps it. Nothing happens unless `id` can come of `parent`. */
  setParent(id: Digest, parent: Digest): void;
  /**
   * Publishes the events `untag` and `delete`. Docker's rmi rules: untags, and deletes the image with its last name, or all of it by id.
   * Which containers use an image is asked through the store's `usedBy`. `deleted` are image ids,
   * each followed by the chainIDs of the layers that no image of the tenant has any more.
   * @throws NotFound, Conflict
   */
  remove(reference: string, options: { force: boolean; prune: boolean }): { untagged: string[]; deleted: string[] };
}
