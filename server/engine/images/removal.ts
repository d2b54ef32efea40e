import { Conflict, NotFound } from "../errdefs/errors.ts";
import { chainIdOf, type Digest, hexOf } from "../oci/digest.ts";
import { canonicalString, familiarString, parseName, parseReference, repositoryOf } from "../reference/reference.ts";
import type { ImageRecord, ImageRecords } from "./image-records.ts";

/** A container that was made from an image. */
export interface ImageUse {
  containerId: string;
  running: boolean;
}

export interface RemovalResult {
  untagged: string[];
  /** how many of them an event tells of: not of digests that go with their repository's last tag */
  untagEvents: number;
  /** image ids, each followed by the chainIDs of the layers that no image of the tenant has any more, topmost first */
  deleted: string[];
  /** images whose record went away */
  deletedImages: Digest[];
}

interface Conflicting {
  reason: string;
  hard: boolean;
  /** by a container or a child, rather than by names */
  used: boolean;
}

/** Docker's rules for `docker rmi` (moby daemon/images, ImageDelete). Run inside a transaction. */
export class ImageRemoval {
  readonly #records: ImageRecords;
  readonly #usedBy: (image: Digest) => readonly ImageUse[];

  constructor(records: ImageRecords, usedBy: (image: Digest) => readonly ImageUse[]) {
    this.#records = records;
    this.#usedBy = usedBy;
  }

  /** @param id the image that `reference` means */
  remove(reference: string, id: Digest, options: { force: boolean; prune: boolean }): RemovalResult {
    const result: RemovalResult = { untagged: [], untagEvents: 0, deleted: [], deletedImages: [] };
    let untaggedFirst = false;
    if (isIdPrefix(reference, id)) {
      this.#dropOnlyRepository(id, options.force, result);
    } else {
      if (!this.#dropName(reference, id, options.force, result)) {
        return result;
      }
      untaggedFirst = true;
    }
    this.#deleteImage(id, { ...options, quiet: untaggedFirst }, result);
    return result;
  }

  /** Removes one name. True if the image has none left and goes, too. */
  #dropName(reference: string, id: Digest, force: boolean, result: RemovalResult): boolean {
    if (!force && this.#hasSingleRepository(id)) {
      const [user] = this.#usedBy(id);
      if (user !== undefined) {
        throw new Conflict(
          `conflict: unable to remove repository reference "${reference}" (must force) - container ${short(user.containerId)} is using its referenced image ${short(hexOf(id))}`,
        );
      }
    }
    const parsed = parseReference(reference);
    const name = nameOf(parsed);
    if (this.#records.imageOf(name) !== id) {
      throw new NotFound(`No such image: ${familiarString(parsed)}`);
    }
    this.#untag(name, result);
    const rest = this.#references(id);
    // With the last tag of a repository its digests go, too.
    if (
      parsed.digest === undefined &&
      !rest.some((item) => !item.isDigest && item.repository === repositoryOf(parsed))
    ) {
      for (const item of rest.filter((item) => item.repository === repositoryOf(parsed))) {
        this.#untag(item.name, result);
        result.untagEvents--;
      }
    }
    return this.#references(id).length === 0;
  }

  /** By id: all names go if they are of one repository. */
  #dropOnlyRepository(id: Digest, force: boolean, result: RemovalResult): void {
    if (!this.#hasSingleRepository(id)) {
      return;
    }
    const conflict = this.#conflict(id, { soft: !force, names: false });
    if (conflict !== undefined) {
      throw refusal(id, conflict);
    }
    for (const item of this.#references(id)) {
      this.#untag(item.name, result);
    }
  }

  #deleteImage(id: Digest, options: { force: boolean; prune: boolean; quiet: boolean }, result: RemovalResult): void {
    const conflict = this.#conflict(id, { soft: !options.force, names: !options.force });
    if (conflict !== undefined) {
      if (options.quiet && (this.#references(id).length > 0 || conflict.used)) {
        return;
      }
      throw refusal(id, conflict);
    }
    const record = this.#records.get(id);
    const parent = record?.parent;
    for (const item of this.#references(id)) {
      this.#untag(item.name, result);
    }
    this.#records.delete(id);
    result.deleted.push(id, ...(record === undefined ? [] : this.#freedChains(record)));
    result.deletedImages.push(id);
    if (options.prune && parent !== undefined && this.#records.get(parent) !== undefined) {
      this.#deleteImage(parent, { force: false, prune: true, quiet: true }, result);
    }
  }

  /** Of an image whose record is gone. */
  #freedChains({ id, layers, config }: ImageRecord): string[] {
    if (this.#usedBy(id).length > 0) {
      return [];
    }
    const kept = new Set(this.#records.list().flatMap((image) => image.layers));
    const chains = layers.flatMap((layer, index) =>
      kept.has(layer) ? [] : [chainIdOf(config.rootfs.diff_ids.slice(0, index + 1))],
    );
    return chains.filter((chain) => chain !== undefined).toReversed();
  }

  #conflict(id: Digest, check: { soft: boolean; names: boolean }): Conflicting | undefined {
    if (this.#records.childrenOf(id).length > 0) {
      return { reason: "image has dependent child images", hard: true, used: true };
    }
    const users = this.#usedBy(id);
    const running = users.find((user) => user.running);
    if (running !== undefined) {
      const reason = `image is being used by running container ${short(running.containerId)}`;
      return { reason, hard: true, used: true };
    }
    if (check.names && this.#references(id).length > 0) {
      return { reason: "image is referenced in multiple repositories", hard: false, used: false };
    }
    const [stopped] = users;
    if (check.soft && stopped !== undefined) {
      const reason = `image is being used by stopped container ${short(stopped.containerId)}`;
      return { reason, hard: false, used: true };
    }
    return undefined;
  }

  #untag(name: string, result: RemovalResult): void {
    this.#records.deleteName(name);
    result.untagged.push(familiarString(parseName(name)));
    result.untagEvents++;
  }

  /** At most one tag, and every digest in its repository. */
  #hasSingleRepository(id: Digest): boolean {
    const references = this.#references(id);
    const tags = references.filter((item) => !item.isDigest);
    return tags.length <= 1 && new Set(references.map((item) => item.repository)).size <= 1;
  }

  #references(id: Digest): { name: string; repository: string; isDigest: boolean }[] {
    return this.#records.names(id).map(({ name }) => {
      const parsed = parseName(name);
      return { name, repository: repositoryOf(parsed), isDigest: parsed.digest !== undefined };
    });
  }
}

/** The stored name of a reference: with a digest, the tag does not count. */
export function nameOf(reference: ReturnType<typeof parseReference>): string {
  return canonicalString(reference.digest === undefined ? reference : { ...reference, tag: undefined });
}

/** True if `reference` is the beginning of the id rather than a name. */
export function isIdPrefix(reference: string, id: Digest): boolean {
  return reference !== "" && (id.startsWith(reference) || hexOf(id).startsWith(reference));
}

function refusal(id: Digest, conflict: Conflicting): Conflict {
  const force = conflict.hard ? "cannot be forced" : "must be forced";
  return new Conflict(`conflict: unable to delete ${short(hexOf(id))} (${force}) - ${conflict.reason}`);
}

/** The 12 digits that Docker shows of an id. */
function short(id: string): string {
  return id.slice(0, 12);
}
