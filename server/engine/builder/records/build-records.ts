import type { BuildRecord, StepRecord } from "../../../contract/build-record.ts";
import { NotFound } from "../../errdefs/errors.ts";
import type { LayerID } from "../../layers/layer-store.ts";
import type { Resource, RootSource } from "../../leases/leases.ts";
import type { Database } from "../../metadata/database.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageRunConfig } from "../../oci/types.ts";
import type { KeptEnvironment } from "./kept-environments.ts";

/** A state of the file system in a build. `layer` undefined: the empty one. */
export interface StepState {
  layer: LayerID | undefined;
  /** of the vertex that made it; undefined for what a failed step left */
  vertex?: Digest;
}

/** A mount of a RUN that a shell in its step gets too. Secrets and agents are no such mounts. Targets are absolute. */
export type KeptMount =
  | { type: "tmpfs"; target: string; /** bytes */ size?: number; readonly?: true }
  | {
      type: "bind";
      target: string;
      layer: LayerID;
      source: string;
      /** what is written is thrown away */ writable?: true;
    }
  | { type: "cache"; target: string; id: string; seed?: string; readonly: boolean; /** a path in it */ part?: string };

/** What was done to a step's result in a shell: no instruction makes it. */
export interface HandWork {
  /** whose result it was done to */
  vertex: Digest;
  /** id of the step after which it was done, for those who watch */
  step: string;
  /** the topmost layer that the instructions have made */
  own?: LayerID;
  /** the instruction that had failed, and runs again */
  again?: string;
  /** on that, lowest first. `leftBy`: it was not done by hand, but by an instruction that failed. */
  layers: readonly { layer: LayerID; leftBy?: string }[];
}

/** What the engine keeps of a step beside what it tells. */
export interface KeptStep {
  step: Omit<StepRecord, "shells" | "files">;
  before?: StepState;
  after?: StepState;
  /** it put a layer of its own on `before` */
  layered: boolean;
  /** its own layer, where `after` has on top of it what was done by hand */
  own?: LayerID;
  /** without what grows and is not of the process: labels, ports, volumes, triggers */
  config: ImageRunConfig;
  /** of the image so far (`kept-environments.ts`) */
  environment?: KeptEnvironment;
  /** of RUN, build arguments among them: what is not in `environment` */
  env?: string[];
  cwd?: string;
  user?: string;
  mounts?: KeptMount[];
}

export interface KeptBuild extends Omit<BuildRecord, "steps"> {
  steps: KeptStep[];
  /** it left an image of every step, as the classic builder does */
  classic?: boolean;
  /** what it went on from */
  byHand?: readonly HandWork[];
}

export type EndedBuild = KeptBuild & { finishedAt: number };

/** The layer that a step itself has made. */
export function ownLayer({ layered, own, after }: KeptStep): LayerID | undefined {
  return layered ? (own ?? after?.layer) : undefined;
}

/** Builds remembered of one tenant, besides those whose image is here. */
const remembered = 50;
/** With their images too. */
const most = 500;
/** Of how many builds the file systems that failed steps left are kept. */
const keptFailures = 5;

const tables = [
  `CREATE TABLE build_step_records (
     scope TEXT NOT NULL,
     id TEXT NOT NULL,
     image TEXT,
     finished_at INTEGER NOT NULL,
     record TEXT NOT NULL,
     left_layers TEXT NOT NULL,
     PRIMARY KEY (scope, id)
   ) WITHOUT ROWID;
   CREATE INDEX build_step_records_by_image ON build_step_records (scope, image);`,
  // The indexes hold all that is asked for after each build: records are long, and reading past them takes ms.
  `ALTER TABLE build_step_records ADD COLUMN step_layers TEXT NOT NULL DEFAULT '[]';
   UPDATE build_step_records SET step_layers =
     (SELECT json_group_array(DISTINCT json_extract(value, '$.after.layer')) FROM json_each(record, '$.steps')
      WHERE json_extract(value, '$.after.layer') IS NOT NULL)
     WHERE json_extract(record, '$.classic') = 0;
   CREATE INDEX build_step_records_by_end ON build_step_records (scope, finished_at, image);
   CREATE INDEX build_step_records_of_layers ON build_step_records (scope, finished_at, image, step_layers)
     WHERE step_layers <> '[]';
   CREATE INDEX build_step_records_of_left ON build_step_records (scope, finished_at, left_layers)
     WHERE left_layers <> '[]'`,
];

interface Row {
  id: string;
  image: string | null;
  record: string;
  /** JSON: LayerID[] */
  step_layers: string;
}

/** What became of one tenant's builds, step by step, in the metadata. */
export class BuildRecords {
  readonly #database: Database;
  readonly #scope: string;
  readonly #hasImage: (id: string) => boolean;
  readonly #running = new Map<string, () => KeptBuild>();

  /** @param hasImage whether an image is still here */
  constructor(database: Database, scope: string, hasImage: (id: string) => boolean) {
    this.#database = database;
    this.#scope = scope;
    this.#hasImage = hasImage;
    database.migrate("build-step-records", tables);
  }

  /**
   * A build has begun: until it has ended, `get` tells what became of it so far.
   * @returns what to call at its end
   */
  begin(id: string, soFar: () => KeptBuild): () => void {
    this.#running.set(id, soFar);
    return () => this.#running.delete(id);
  }

  save(build: EndedBuild): void {
    const left = build.steps.flatMap(({ after }) =>
      after?.layer !== undefined && after.vertex === undefined ? [after.layer] : [],
    );
    const made = build.classic === false ? build.steps.flatMap(({ after }) => after?.layer ?? []) : [];
    this.#database.transaction(() => {
      this.#database.run(
        `INSERT OR REPLACE INTO build_step_records (scope, id, image, finished_at, record, left_layers, step_layers)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        this.#scope,
        build.id,
        build.imageId ?? null,
        build.finishedAt,
        JSON.stringify(build),
        JSON.stringify(left),
        JSON.stringify([...new Set(made)]),
      );
      this.#forgetOld();
    });
  }

  /** @throws NotFound */
  get(id: string): KeptBuild {
    const running = this.#running.get(id);
    if (running !== undefined) return running();
    const sql = "SELECT record FROM build_step_records WHERE scope = ? AND id = ?";
    const row = this.#database.get<Row>(sql, this.#scope, id);
    if (row === undefined) {
      throw new NotFound(`there is no record of build ${id}: it ended before it had steps, or is no longer remembered`);
    }
    return JSON.parse(row.record) as KeptBuild;
  }

  /** Of the last build that made it. @throws NotFound */
  ofImage(image: string): KeptBuild {
    const sql = "SELECT record FROM build_step_records WHERE scope = ? AND image = ? ORDER BY finished_at DESC LIMIT 1";
    const row = this.#database.get<Row>(sql, this.#scope, image);
    if (row === undefined) {
      throw new NotFound(`there is no record of how image ${image} was built: was it pulled or loaded?`);
    }
    return JSON.parse(row.record) as KeptBuild;
  }

  /** What the steps made of the last builds that left no image of each, while their image is here. */
  stepLayers(): Set<LayerID> {
    const sql = `SELECT image, step_layers FROM build_step_records
      WHERE scope = ? AND step_layers <> '[]' AND image IS NOT NULL
      ORDER BY finished_at DESC LIMIT ${remembered}`;
    const rows = this.#database
      .all<Row>(sql, this.#scope)
      .filter(({ image }) => image !== null && this.#hasImage(image));
    return new Set(rows.flatMap(({ step_layers: layers }) => JSON.parse(layers) as LayerID[]));
  }

  /** Newest first. The whole of all of them would be more than there is room for: each may be megabytes. */
  list(): Pick<KeptBuild, "id" | "imageId" | "tags" | "startedAt" | "finishedAt">[] {
    const sql = `SELECT json_remove(record, '$.steps', '$.byHand') AS record FROM build_step_records
      WHERE scope = ? ORDER BY finished_at DESC`;
    return this.#database.all<Row>(sql, this.#scope).map(({ record }) => JSON.parse(record) as KeptBuild);
  }

  /** Those that began before one, newest first, as many as are wanted. */
  before({ id, startedAt }: Pick<KeptBuild, "id" | "startedAt">, most: number): KeptBuild[] {
    const earlier = this.list().filter((other) => other.id !== id && other.startedAt <= startedAt);
    return earlier.slice(0, most).map((other) => this.get(other.id));
  }

  /** The file systems that failed steps left need not be kept any longer. */
  forgetLeft(): void {
    this.#keepLeft(0);
  }

  /** Drops all: the tenant goes away. */
  destroy(): void {
    this.#database.run("DELETE FROM build_step_records WHERE scope = ?", this.#scope);
  }

  #forgetOld(): void {
    const sql = "SELECT id, image FROM build_step_records WHERE scope = ? ORDER BY finished_at DESC";
    const rows = this.#database.all<Row>(sql, this.#scope);
    for (const [index, { id, image }] of rows.entries()) {
      if (index >= most || (index >= remembered && (image === null || !this.#hasImage(image)))) {
        this.#database.run("DELETE FROM build_step_records WHERE scope = ? AND id = ?", this.#scope, id);
      }
    }
    this.#keepLeft(keptFailures);
  }

  /** Of so many builds, the latest. */
  #keepLeft(builds: number): void {
    this.#database.run(
      `UPDATE build_step_records SET left_layers = '[]' WHERE scope = ? AND id IN
         (SELECT id FROM build_step_records WHERE scope = ? AND left_layers <> '[]'
          ORDER BY finished_at DESC LIMIT -1 OFFSET ?)`,
      this.#scope,
      this.#scope,
      builds,
    );
  }
}

/** What failed steps left, of all tenants: for the collector. */
export class FailedStepRoots implements RootSource {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.migrate("build-step-records", tables);
  }

  *roots(): Iterable<Resource> {
    const sql = "SELECT left_layers FROM build_step_records WHERE left_layers <> '[]'";
    for (const row of this.#database.all<{ left_layers: string }>(sql)) {
      for (const id of JSON.parse(row.left_layers) as string[]) {
        yield { kind: "layer", id };
      }
    }
  }
}
