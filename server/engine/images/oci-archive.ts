import { endOfArchive } from "../diff/tar/tar-writer.ts";
import { digestOf, hexOf } from "../oci/digest.ts";
import { canonicalJson } from "../oci/json.ts";
import { mediaTypes, type Descriptor } from "../oci/types.ts";
import { canonicalString, isTag, parseReference } from "../reference/reference.ts";
import { directory, file, type LayerTars } from "./archive-entries.ts";
import { blobName } from "./archive-layout.ts";
import { repositories, type SavedImage } from "./saved-image.ts";

/** Docker's and the OCI layout at once, as Docker 25 and later save images (image-spec image-layout.md). */
export async function* ociArchive(images: readonly SavedImage[], tars: LayerTars): AsyncGenerator<Buffer> {
  const written = new Set<string>();
  const manifests: object[] = [];
  const descriptors: object[] = [];
  yield directory("blobs");
  yield directory("blobs/sha256");
  for (const saved of images) {
    const { image, config, names, parent } = saved;
    const layers: Descriptor[] = [];
    for (const { layer, diffId } of saved.layers) {
      const size = await tars.sizeOf(layer, diffId);
      layers.push({ mediaType: mediaTypes.ociLayer, digest: diffId, size });
      if (!written.has(diffId)) {
        written.add(diffId);
        yield* tars.entry(blobName({ digest: diffId }), { layer, diffId });
      }
    }
    const configDescriptor = { mediaType: mediaTypes.ociConfig, digest: image.id, size: config.length };
    const manifest = canonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: configDescriptor,
      layers,
    });
    const digest = digestOf(manifest);
    if (!written.has(image.id)) {
      written.add(image.id);
      yield file(blobName(configDescriptor), config);
      yield file(blobName({ digest }), manifest);
    }
    manifests.push({
      Config: blobName(configDescriptor),
      RepoTags: names.length === 0 ? null : names,
      Layers: layers.map(blobName),
      ...(parent === undefined ? {} : { Parent: parent }),
      ...(layers.length === 0 ? {} : { LayerSources: Object.fromEntries(layers.map(layerSource)) }),
    });
    descriptors.push(...indexEntries({ mediaType: mediaTypes.ociManifest, digest, size: manifest.length }, names));
  }
  yield file("index.json", canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: descriptors }));
  yield file("manifest.json", Buffer.from(JSON.stringify(manifests)));
  yield file("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  const named = repositories(images, ({ layers }) => {
    const top = layers.at(-1);
    return top === undefined ? "" : hexOf(top.diffId);
  });
  if (named !== undefined) {
    yield file("repositories", canonicalJson(named));
  }
  yield endOfArchive;
}

/** In the order of keys that dockerd writes. */
const layerSource = ({ mediaType, size, digest }: Descriptor) => [digest, { mediaType, size, digest }] as const;

/** One entry per name (containerd's annotation for the whole name, the specification's for the tag). */
function indexEntries(descriptor: Descriptor, names: readonly string[]): object[] {
  if (names.length === 0) {
    return [descriptor];
  }
  return names.map((name) => {
    const parsed = parseReference(name);
    return {
      ...descriptor,
      annotations: {
        "io.containerd.image.name": canonicalString(parsed),
        "org.opencontainers.image.ref.name": parsed.tag !== undefined && isTag(parsed.tag) ? parsed.tag : name,
      },
    };
  });
}
