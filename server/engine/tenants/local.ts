import { randomBytes } from "node:crypto";
import { chownSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { AlreadyExists, InvalidArgument, NotFound } from "../errdefs/errors.ts";
import type { Database } from "../metadata/database.ts";
import { deleteTree } from "../volumes/volume-files.ts";
import { chooseRange, defaultIdBase, idRangeSize, readSubordinateRanges } from "./id-ranges.ts";
import type { IdRange } from "./id-ranges.ts";
import { checkLimits, limitNames } from "./limits.ts";
import type { Policy } from "./policy.ts";
import { PolicyBook } from "./policy-book.ts";
import type { NewTenant, TenantStore } from "./tenant-store.ts";
import { operatorTenant } from "./tenant.ts";
import type { PolicyName, Tenant, TenantId, TenantLimits, TenantPaths } from "./tenant.ts";

interface Row {
  id: string;
  policy: PolicyName;
  limits: string;
  host_base: number;
  created_at: number;
  trust_group: string | null;
}

const idPattern = /^[a-z](?:[a-z0-9-]{1,38})[a-z0-9]$/;

/** @throws InvalidArgument unless `id` is 3 to 40 of `[a-z0-9-]`, starting with a letter, not ending with a hyphen */
export function parseTenantId(id: string): TenantId {
  if (!idPattern.test(id)) {
    throw new InvalidArgument(
      `invalid tenant id "${id}": 3 to 40 lower-case letters, digits and hyphens, starting with a letter`,
    );
  }
  return id as TenantId;
}

/**
 * Tenants in the metadata database. On disk:
 *
 * ```
 * <data>/tenants/<id>/            0710, root:<host gid of the tenant's root>: its own root passes, other users do not
 * <data>/tenants/<id>/workspace/  0755, owned by the tenant's root
 * <data>/tenants/<id>/uploads/    0700: tars on their way into the workspace
 * <run>/tenants/<id>/             0711: holds docker.sock
 * ```
 */
export class LocalTenants implements TenantStore {
  readonly #database: Database;
  readonly #dataRoot: string;
  readonly #runRoot: string;
  readonly #idBase: number;
  readonly #cgroupRoot: string;
  /** what the policies say */
  readonly policies: PolicyBook;
  readonly #reserved: () => IdRange[];
  /** Only root can give files away; without it (unit tests) everything stays ours. */
  readonly #mayChown = process.getuid?.() === 0;

  constructor(options: {
    database: Database;
    dataRoot: string;
    runRoot: string;
    idBase?: number;
    /** cgroup above all tenants' (default `/drydock`); another one for a second engine on the machine */
    cgroupRoot?: string;
    reservedIds?: () => IdRange[];
  }) {
    this.#database = options.database;
    this.#dataRoot = options.dataRoot;
    this.#runRoot = options.runRoot;
    this.#idBase = options.idBase ?? defaultIdBase;
    this.#cgroupRoot = options.cgroupRoot ?? "/drydock";
    this.#reserved = options.reservedIds ?? (() => readSubordinateRanges());
    this.policies = new PolicyBook(options.database);
    this.#database.migrate("tenants", [
      `CREATE TABLE tenants (
        id TEXT PRIMARY KEY, policy TEXT NOT NULL, limits TEXT NOT NULL,
        host_base INTEGER NOT NULL UNIQUE, created_at INTEGER NOT NULL)`,
      "ALTER TABLE tenants ADD COLUMN removing INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE tenants ADD COLUMN trust_group TEXT",
    ]);
  }

  /** Makes the operator's tenant if it is not there, and directories that a reboot took (`/run`). Call once at start. */
  async restore(): Promise<void> {
    if (this.find(operatorTenant) === undefined) {
      await this.create({ id: operatorTenant, policy: "open" });
    }
    for (const tenant of this.list()) {
      this.#makeDirectories(tenant);
    }
  }

  // eslint-disable-next-line typescript/require-await -- the interface leaves room for slower stores
  async create(request: NewTenant): Promise<Tenant> {
    const id = parseTenantId(request.id ?? `t-${randomBytes(8).toString("hex")}`);
    const tenant = this.#database.transaction(() => {
      if (this.find(id) !== undefined) {
        throw new AlreadyExists(`tenant ${id} already exists`);
      }
      const idMap = chooseRange(this.#idBase, [...this.#reserved(), ...this.#takenRanges()]);
      const { limits = {} } = request;
      checkLimits(limits);
      const group = request.group === undefined ? null : parseGroup(request.group);
      const createdAt = Date.now();
      this.#database.run(
        "INSERT INTO tenants (id, policy, limits, host_base, created_at, trust_group) VALUES (?, ?, ?, ?, ?, ?)",
        id,
        request.policy,
        JSON.stringify(limits),
        idMap.hostBase,
        createdAt,
        group,
      );
      return this.#tenantOf({
        id,
        policy: request.policy,
        limits: JSON.stringify(limits),
        host_base: idMap.hostBase,
        created_at: createdAt,
        trust_group: group,
      });
    });
    this.#makeDirectories(tenant);
    return tenant;
  }

  get(id: string): Tenant {
    const tenant = this.find(id);
    if (tenant === undefined) {
      throw new NotFound(`no such tenant: ${id}`);
    }
    return tenant;
  }

  find(id: string): Tenant | undefined {
    const row = this.#database.get<Row>("SELECT * FROM tenants WHERE id = ?", id);
    return row === undefined ? undefined : this.#tenantOf(row);
  }

  list(): Tenant[] {
    return this.#database
      .all<Row>("SELECT * FROM tenants ORDER BY created_at, rowid")
      .map((row) => this.#tenantOf(row));
  }

  paths(id: TenantId): TenantPaths {
    const state = join(this.#dataRoot, "tenants", id);
    return { state, workspace: join(state, "workspace"), socketDir: join(this.#runRoot, "tenants", id) };
  }

  setLimits(id: string, limits: TenantLimits): Tenant {
    const tenant = this.get(id);
    checkLimits(limits);
    this.#database.run("UPDATE tenants SET limits = ? WHERE id = ?", JSON.stringify(limits), tenant.id);
    return this.get(id);
  }

  beginRemoval(id: TenantId): void {
    if (id === operatorTenant) {
      throw new InvalidArgument("the operator's own tenant cannot be removed");
    }
    this.get(id);
    this.#database.run("UPDATE tenants SET removing = 1 WHERE id = ?", id);
  }

  halfRemoved(): Tenant[] {
    return this.#database.all<Row>("SELECT * FROM tenants WHERE removing = 1").map((row) => this.#tenantOf(row));
  }

  async remove(id: TenantId): Promise<void> {
    this.beginRemoval(id);
    const paths = this.paths(id);
    await rm(paths.socketDir, { recursive: true, force: true });
    await deleteTree(paths.state);
    // Last, so that its host ids are given to nobody while files with them exist.
    this.#database.run("DELETE FROM tenants WHERE id = ?", id);
  }

  #tenantOf(row: Row): Tenant {
    const { policies } = this;
    let ownLimits = JSON.parse(row.limits) as TenantLimits;
    return {
      id: row.id as TenantId,
      policy: row.policy,
      get rules() {
        return policies.get(row.policy);
      },
      get limits() {
        return { ...limitsOfPolicy(policies.get(row.policy)), ...ownLimits };
      },
      set limits(limits) {
        ownLimits = limits;
      },
      get ownLimits() {
        return ownLimits;
      },
      idMap: { hostBase: row.host_base, size: idRangeSize },
      cgroupParent: `${this.#cgroupRoot}/${row.id}`,
      createdAt: row.created_at,
      ...(row.trust_group === null ? {} : { group: row.trust_group }),
    };
  }

  #takenRanges(): IdRange[] {
    return this.#database
      .all<{ host_base: number }>("SELECT host_base FROM tenants")
      .map((row) => ({ start: row.host_base, size: idRangeSize }));
  }

  #makeDirectories(tenant: Tenant): void {
    const paths = this.paths(tenant.id);
    for (const parent of [join(this.#dataRoot, "tenants"), join(this.#runRoot, "tenants")]) {
      mkdirSync(parent, { recursive: true, mode: 0o711 });
    }
    this.#makeOwned(paths.state, 0o710, 0, tenant.idMap.hostBase);
    // Passable for all: `web` connects here; the socket itself says who may.
    this.#makeOwned(paths.socketDir, 0o711, 0, tenant.idMap.hostBase);
    this.#makeOwned(paths.workspace, 0o755, tenant.idMap.hostBase, tenant.idMap.hostBase);
  }

  #makeOwned(path: string, mode: number, uid: number, gid: number): void {
    mkdirSync(path, { recursive: true, mode });
    // Also when it was there: a crash may have come between the two steps.
    if (this.#mayChown) {
      chownSync(path, uid, gid);
    }
  }
}

function parseGroup(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) {
    throw new InvalidArgument(`invalid group "${name}": 1 to 40 of a to z, 0 to 9 and -`);
  }
  return name;
}

function limitsOfPolicy(policy: Policy): TenantLimits {
  const limits: TenantLimits = {};
  for (const name of limitNames) {
    const value = policy[name];
    if (value !== "none") limits[name] = value;
  }
  return limits;
}
