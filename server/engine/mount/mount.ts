/** One file system to mount, as data. Several in order make one tree: all but the last are preparations of it. */
export interface Mount {
  type: "overlay" | "bind" | "tmpfs" | "proc" | "sysfs";
  source: string;
  options: string[];
  /** overlay only: lower directories, top first; `upper` and `work` are missing for a read-only mount. */
  overlay?: { lower: string[]; upper?: string; work?: string };
}

/** Which host ids the ids on disk stand for: disk id `diskBase + n` is seen as `hostBase + n`, for n in [0, size). */
export interface IdMap {
  /** 0 if undefined */
  diskBase?: number;
  hostBase: number;
  size: number;
}

/** Makes mounts in the host's mount namespace. */
export interface Mounter {
  /**
   * Mounts `mounts` on `target` (made if missing, mode 0755). With `idMap`, files that are uid n on disk appear
   * as uid `hostBase + n`, and files written through the mount land as uid n on disk (mount_setattr(2), MOUNT_ATTR_IDMAP).
   */
  mount(mounts: readonly Mount[], target: string, options?: { idMap?: IdMap; readonly?: boolean }): Promise<void>;
  /**
   * From now on nobody writes to the overlay on `target`, wherever else it is mounted and whoever has a descriptor of it:
   * the whole file system becomes read-only (mount(2), MS_REMOUNT). Other file systems are not touched.
   * @throws FailedPrecondition (a file of it is still open for writing)
   */
  freeze(target: string): Promise<void>;
  /** Unmounts `target` and removes the empty directory. Idempotent. */
  unmount(target: string): Promise<void>;
}
