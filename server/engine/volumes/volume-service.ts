export interface Volume {
  name: string;
  driver: string;
  /** host path of its data */
  mountpoint: string;
  labels: Record<string, string>;
  options: Record<string, string>;
  /** what its maker gave at all, which only inspect shows: null or {} */
  given?: { labels: boolean; options: boolean };
  /** what its plugin tells of it */
  status?: Record<string, unknown>;
  /** `global`: its plugin has it on every machine */
  scope?: "local" | "global";
  anonymous: boolean;
  /** ms since the epoch */
  createdAt: number;
}

/** One tenant's volumes. On disk a volume's files are owned by the tenant's host ids. */
export interface VolumeService {
  /** Idempotent for an equal volume; a name is chosen if undefined. @throws Conflict (other driver or options), InvalidArgument (name) */
  create(volume: {
    name?: string;
    driver?: string;
    labels?: Record<string, string>;
    options?: Record<string, string>;
  }): Promise<Volume>;
  /** @throws NotFound `get x: no such volume` */
  get(name: string): Volume;
  /** Names of drivers that are known: `local`, and plugins that were used. */
  drivers(): string[];
  /** Those that were made or used here. */
  list(): Volume[];
  /** And what else plugins hold; a warning for each plugin that does not tell. */
  listAll(): Promise<{ volumes: Volume[]; warnings: string[] }>;
  /** @throws NotFound, Conflict (in use by ...) unless `force` */
  remove(name: string, force: boolean): Promise<void>;
  /** Removes one that nothing uses without telling of it. @returns bytes it held. @throws NotFound, Conflict */
  prune(name: string): Promise<number>;
  /** As `get`, with what its plugin says of it now. @throws NotFound */
  inspect(name: string): Promise<Volume>;
  /** bytes of its files; 0 of a plugin's */
  usage(name: string): Promise<number>;
  /** ids of the containers that mount it */
  users(name: string): string[];
}
