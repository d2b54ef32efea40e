export interface BuildCacheRecord {
  id: string;
  /** a step's result, or the directory of a cache mount */
  type: "regular" | "exec.cachemount";
  description: string;
  bytes: number;
  createdAt: number;
  lastUsedAt: number;
  usageCount: number;
  inUse: boolean;
  /** an image has the layer, too: dropping the record frees nothing */
  shared: boolean;
  /** ids of the records it was made on */
  parents: string[];
}

export interface PruneOptions {
  /** also what images share */
  all: boolean;
  unusedForMs?: number;
  /** the newest up to that size stay */
  keepBytes?: number;
  matches?: (record: BuildCacheRecord) => boolean;
}

export interface BuildCacheAdmin {
  list(): Promise<BuildCacheRecord[]>;
  /** Drops records that no running build uses. Returns their ids and the bytes that only they held. */
  prune(options: PruneOptions): Promise<{ ids: string[]; bytes: number }>;
}
