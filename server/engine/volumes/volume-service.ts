export interface Volume {
  name: string;
  driver: string;
  /** host path of its data */
  mountpoint: string;
  labels: Record<string, string>;
  options: Record<string, string>;
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
  list(): Volume[];
  /** @throws NotFound, Conflict (in use by ...) unless `force` */
  remove(name: string, force: boolean): Promise<void>;
  /** bytes it holds */
  usage(name: string): Promise<number>;
  /** ids of the containers that mount it */
  users(name: string): string[];
}
