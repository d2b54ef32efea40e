import type { Image } from "../../engine/images/image-store.ts";
import { normalisePlatform } from "../../engine/oci/platform.ts";
import type { ImageRunConfig } from "../../engine/oci/types.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";
import { isoTime, zeroTime } from "./time.ts";

/** ms since the epoch at which the image says it was made; 0 if it does not say. */
export function createdMs(image: Image): number {
  const time = Date.parse(image.config.created ?? "");
  return Number.isNaN(time) ? 0 : time;
}

/** Engine API, ImageSummary. `sharedSize` and `containers` are -1 when not asked for. */
export function imageSummary(
  image: Image,
  counts: { sharedSize: number; containers: number },
  version: ApiVersion,
): object {
  // Before 1.43 an empty list was null, and an image without any name had one of its own.
  const nameless = image.tags.length + image.repoDigests.length === 0;
  const names = (list: string[], none: string) =>
    list.length > 0 || atLeast(version, "1.43") ? list : nameless ? [none] : null;
  return {
    Containers: counts.containers,
    Created: Math.floor(createdMs(image) / 1000),
    Id: image.id,
    Labels: image.config.config?.Labels ?? null,
    ParentId: image.parent ?? "",
    RepoDigests: names(image.repoDigests, "<none>@<none>"),
    RepoTags: names(image.tags, "<none>:<none>"),
    SharedSize: counts.sharedSize,
    Size: image.size,
    ...(atLeast(version, "1.44") ? {} : { VirtualSize: image.size }),
  };
}

/** Engine API, ImageInspect. `driver`: where its layers are. */
export function imageJson(image: Image, version: ApiVersion, driver: string): object {
  const { config } = image;
  return {
    Id: image.id,
    RepoTags: image.tags,
    RepoDigests: image.repoDigests,
    Parent: image.parent ?? "",
    Comment: config.history?.at(-1)?.comment ?? "",
    ...(config.created === undefined && atLeast(version, "1.44") ? {} : { Created: config.created ?? zeroTime }),
    ...(atLeast(version, "1.45") ? {} : { Container: config.container ?? "" }),
    // Gone since 1.45, but Compose 1.29, which takes the newest version there is, cannot recreate a container without it.
    ContainerConfig: runConfigJson(config.container_config ?? {}),
    DockerVersion: config.docker_version ?? "",
    Author: config.author ?? "",
    Config: atLeast(version, "1.50") ? specConfigJson(config.config ?? {}) : runConfigJson(config.config ?? {}),
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    Size: image.size,
    ...(atLeast(version, "1.44") ? {} : { VirtualSize: image.size }),
    GraphDriver: { Data: null, Name: driver },
    RootFS: { Type: "layers", Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: isoTime(image.lastTag === 0 ? undefined : image.lastTag) },
    ...(image.manifest === undefined || !atLeast(version, "1.48") ? {} : { Descriptor: image.manifest }),
  };
}

/** Fields of a container's configuration that an image's does not have: since 1.50 they are left out. */
const containerOnly = new Set(
  `Hostname Domainname AttachStdin AttachStdout AttachStderr Tty OpenStdin StdinOnce Image NetworkDisabled MacAddress
   StopTimeout`.split(/\s+/),
);

function specConfigJson(config: ImageRunConfig): object {
  return Object.fromEntries(Object.entries(runConfigJson(config)).filter(([name]) => !containerOnly.has(name)));
}

/** Engine API, ImageManifestSummary: an image is of one manifest here, known if it was pulled or pushed. */
export function manifestsJson(image: Image, containers: readonly string[]): object[] {
  const { manifest, config, size } = image;
  if (manifest === undefined) {
    return [];
  }
  return [
    {
      ID: manifest.digest,
      Descriptor: manifest,
      Available: true,
      Size: { Content: manifest.size, Total: manifest.size + size },
      Kind: "image",
      ImageData: {
        Platform: normalisePlatform(config),
        Containers: containers,
        Size: { Unpacked: size },
        UnpackedSize: size,
      },
    },
  ];
}

/** In the order of dockerd's structure (moby, api/types/container/config.go), which `docker inspect` keeps. */
const configOrder =
  `Hostname Domainname User AttachStdin AttachStdout AttachStderr ExposedPorts Tty OpenStdin StdinOnce Env
  Cmd Healthcheck ArgsEscaped Image Volumes WorkingDir Entrypoint NetworkDisabled MacAddress OnBuild Labels StopSignal
  StopTimeout Shell`.split(/\s+/);

/** The image's `Config`; fields that clients index into are always there. */
function runConfigJson(config: ImageRunConfig): object {
  const place = ([name]: [string, unknown]) =>
    configOrder.includes(name) ? configOrder.indexOf(name) : configOrder.length;
  const entries = Object.entries(completeConfig(config));
  return Object.fromEntries(entries.toSorted((a, b) => place(a) - place(b)));
}

function completeConfig(config: ImageRunConfig): object {
  return {
    Hostname: "",
    Domainname: "",
    User: "",
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Image: "",
    ...config,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? "",
    Entrypoint: config.Entrypoint ?? null,
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? null,
  };
}
