import { endOfArchive } from "../diff/tar/tar-writer.ts";
import { chainIdOf, type ChainID, digestOf, type Digest, hexOf, type DiffID } from "../oci/digest.ts";
import type { ImageConfig, ImageRunConfig } from "../oci/types.ts";
import type { LayerID } from "../layers/layer-store.ts";
import { directory, file, type LayerTars, symlink, type Times } from "./archive-entries.ts";
import { repositories, type SavedImage } from "./saved-image.ts";

/** One directory of the archive: an image as Docker had it before 1.10, which is a layer with a configuration. */
interface LegacyImage extends Times {
  id: string;
  json: string;
  layer: LayerID;
  diffId: DiffID;
}

/**
 * What Docker before 25 saves, byte for byte but for times: a directory for each layer, named by an id as they were
 * before 1.10, and manifest.json (moby 20.10, image/tarexport/save.go; image/v1/imagev1.go).
 */
export async function* legacyArchive(images: readonly SavedImage[], tars: LayerTars): AsyncGenerator<Buffer> {
  const chains = new Map(images.map((saved) => [saved, legacyImages(saved)]));
  const entries = new Map<string, () => AsyncIterable<Buffer> | Iterable<Buffer>>();
  const places = new Map<DiffID, string>();
  for (const [saved, legacy] of chains) {
    for (const part of legacy.filter(({ id }) => !entries.has(id))) {
      const elsewhere = places.get(part.diffId);
      places.set(part.diffId, elsewhere ?? part.id);
      entries.set(part.id, () => layerDirectory(part, elsewhere, tars));
    }
    const name = `${hexOf(saved.image.id)}.json`;
    entries.set(name, () => [file(name, saved.config, { mtimeNs: createdNs(saved.image.config) })]);
  }
  for (const name of [...entries.keys()].toSorted()) {
    yield* entries.get(name)?.() ?? [];
  }
  const layersOf = (saved: SavedImage) => (chains.get(saved) ?? []).map(({ id }) => id);
  const manifest = images.map((saved) => ({
    Config: `${hexOf(saved.image.id)}.json`,
    RepoTags: saved.names.length === 0 ? null : saved.names,
    Layers: layersOf(saved).map((id) => `${id}/layer.tar`),
    ...(saved.parent === undefined ? {} : { Parent: saved.parent }),
  }));
  yield file("manifest.json", jsonLine(manifest.length === 0 ? null : manifest));
  const named = repositories(images, (saved) => layersOf(saved).at(-1) ?? "");
  if (named !== undefined) {
    yield file("repositories", jsonLine(sortedKeys(named)));
  }
  yield endOfArchive;
}

/** @param elsewhere the directory that has the same layer's tar already */
async function* layerDirectory(
  part: LegacyImage,
  elsewhere: string | undefined,
  tars: LayerTars,
): AsyncGenerator<Buffer> {
  const { id } = part;
  yield directory(id, part);
  yield file(`${id}/VERSION`, Buffer.from("1.0"), part);
  yield file(`${id}/json`, Buffer.from(part.json), part);
  if (elsewhere === undefined) {
    yield* tars.entry(`${id}/layer.tar`, part, part);
  } else {
    yield symlink(`${id}/layer.tar`, `../${elsewhere}/layer.tar`, part);
  }
}

/** Lowest first. Ids depend on what is beneath, and the topmost one's on the configuration. */
function legacyImages({ image, layers }: SavedImage): LegacyImage[] {
  const made: LegacyImage[] = [];
  const mtimeNs = createdNs(image.config);
  for (const [index, { layer, diffId }] of layers.entries()) {
    const top = index === layers.length - 1;
    const fields = top ? topFields(image.config) : bareFields;
    const chain = chainIdOf(layers.slice(0, index + 1).map((part) => part.diffId)) as ChainID;
    const parent = made.at(-1)?.id;
    const id = hexOf(legacyId(fields, chain, parent));
    const json = goJson({
      id,
      ...(parent === undefined ? {} : { parent }),
      ...fields,
      os: image.config.os,
    });
    made.push({ id, json, layer, diffId, mtimeNs });
  }
  return made;
}

function legacyId(fields: Record<string, unknown>, chain: ChainID, parent: string | undefined): Digest {
  const all = { ...fields, layer_id: chain, ...(parent === undefined ? {} : { parent: `sha256:${parent}` }) };
  return digestOf(goJson(sortedKeys(all)));
}

const noConfig = runConfig({});
const bareFields = { created: "1970-01-01T00:00:00Z", container_config: noConfig };

/** Of moby's V1Image, in its order. */
function topFields(config: ImageConfig): Record<string, unknown> {
  const told = (name: string, value: unknown) => (value === undefined || value === "" ? {} : { [name]: value });
  return {
    ...told("comment", (config as { comment?: string }).comment),
    created: config.created ?? "0001-01-01T00:00:00Z",
    ...told("container", config.container),
    container_config: runConfig(config.container_config ?? {}),
    ...told("docker_version", config.docker_version),
    ...told("author", config.author),
    ...(config.config === undefined ? {} : { config: runConfig(config.config) }),
    ...told("architecture", config.architecture),
    ...told("variant", config.variant),
    ...told("os", config.os),
  };
}

/** Go's container.Config, in its order: what may be left out is, the rest is there even if empty. */
function runConfig(config: ImageRunConfig): Record<string, unknown> {
  const told = (name: keyof ImageRunConfig) => {
    const value = config[name];
    const size = typeof value === "object" && value !== null ? Object.keys(value).length : undefined;
    return value === undefined || value === "" || value === false || size === 0 ? {} : { [name]: value };
  };
  return {
    Hostname: config.Hostname ?? "",
    Domainname: config.Domainname ?? "",
    User: config.User ?? "",
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ...(config.ExposedPorts === undefined ? {} : told("ExposedPorts")),
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...told("Healthcheck"),
    ...told("ArgsEscaped"),
    Image: config.Image ?? "",
    Volumes: config.Volumes === undefined ? null : sortedKeys(config.Volumes),
    WorkingDir: config.WorkingDir ?? "",
    Entrypoint: config.Entrypoint ?? null,
    ...told("NetworkDisabled"),
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels === undefined ? null : sortedKeys(config.Labels),
    ...told("StopSignal"),
    ...told("StopTimeout"),
    ...told("Shell"),
  };
}

function sortedKeys<T>(value: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** As Go's encoding/json writes it: safe to stand in HTML. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function jsonLine(value: unknown): Buffer {
  return Buffer.from(`${goJson(value)}\n`);
}

function createdNs({ created = "" }: ImageConfig): bigint {
  const time = Date.parse(created);
  return Number.isNaN(time) ? 0n : BigInt(Math.floor(time / 1_000)) * 1_000_000_000n;
}
