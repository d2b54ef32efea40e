import { posix } from "node:path";
import type { MountRequest } from "../../engine/containers/container.ts";
import { InvalidArgument, Unknown } from "../../engine/errdefs/errors.ts";
import type { HostConfigBody, MountBody } from "./schemas.ts";

/** `-v` first, then `--mount`. @throws InvalidArgument in dockerd's words (moby, volume/mounts/linux_parser.go) */
export function mountRequests(body: HostConfigBody): MountRequest[] {
  // dockerd looks at `--mount` first, so its errors come first too.
  const mounts = body.Mounts.map(mountRequest);
  return [...body.Binds.map((bind) => parseBind(bind, body.VolumeDriver)), ...mounts];
}

const propagations = /^r?(?:private|shared|slave)$/;
/** Of each kind there may be one. */
const modeGroups = [/^(?:ro|rw)$/, /^[zZ]$/, /^nocopy$/, propagations, /^(?:cached|delegated|consistent)$/];

function isMode(text: string): boolean {
  const modes = text.split(",");
  return (
    text === "" ||
    (modes.every((mode) => modeGroups.some((group) => group.test(mode))) &&
      modeGroups.every((group) => modes.filter((mode) => group.test(mode)).length <= 1))
  );
}

/** `/inside`, `/host:/inside[:ro,z,...]` or `volume:/inside[:...]`. @throws Unknown, as dockerd, which answers 500 */
export function parseBind(bind: string, volumeDriver: string): MountRequest {
  const invalid = `invalid volume specification: '${bind}'`;
  const parts = bind.split(":");
  const [first = "", second = ""] = parts;
  const mode = parts[2] ?? "";
  if (
    parts.length > 3 ||
    first === "" ||
    (parts.length === 2 && isMode(second)) ||
    (parts.length > 1 && second === "")
  ) {
    throw new Unknown(invalid);
  }
  if (!isMode(mode)) {
    throw new Unknown(`invalid mode: ${mode}`);
  }
  const [source, target] = parts.length === 1 ? ["", first] : [first, second];
  const type = source.startsWith("/") ? "bind" : "volume";
  checkTarget(target, (why) => new Unknown(`${invalid}: invalid mount config for type "${type}": ${why}`));
  const modes = mode.split(",");
  if (type === "bind" && modes.includes("nocopy")) {
    throw new Unknown(`${invalid}: invalid mount config for type "bind": field VolumeOptions must not be specified`);
  }
  if (type === "volume" && modes.some((each) => propagations.test(each))) {
    throw new Unknown(`${invalid}: invalid mount config for type "volume": field BindOptions must not be specified`);
  }
  if (type === "bind" && modes.includes("nocopy")) {
    throw new Unknown(`${invalid}: invalid mount config for type "bind": field VolumeOptions must not be specified`);
  }
  const propagation = modes.find((each) => propagations.test(each));
  return {
    type,
    source,
    target,
    readonly: modes.includes("ro"),
    // dockerd's default for a volume without a name, `z`, is that of one without a mode
    ...(source === "" && mode === "" ? {} : { mode }),
    ...(modes.includes("nocopy") ? { noCopy: true } : {}),
    ...(propagation === undefined ? {} : { propagation }),
    ...(type === "volume" && volumeDriver !== "" ? { volumeDriver } : {}),
    ...(type === "bind" ? { createSource: true } : {}),
  };
}

function checkTarget(target: string, wrong: (why: string) => Error): void {
  if (target === "") {
    throw wrong("field Target must not be empty");
  }
  if (posix.normalize(target.replaceAll("\\", "/")).replace(/(?<=.)\/$/, "") === "/") {
    throw wrong("invalid specification: destination can't be '/'");
  }
  if (!target.startsWith("/")) {
    throw wrong(`invalid mount path: '${target}' mount path must be absolute`);
  }
}

const mountTypes: readonly string[] = ["bind", "volume", "tmpfs", "image"] satisfies MountRequest["type"][];

function mountRequest(body: MountBody): MountRequest {
  const refuse = (why: string) => `invalid mount config for type "${body.Type}": ${why}`;
  checkTarget(body.Target, (why) => new InvalidArgument(refuse(why)));
  if (!mountTypes.includes(body.Type)) {
    throw new InvalidArgument(refuse("mount type unknown"));
  }
  const why = whyInvalid(body);
  if (why !== undefined) {
    throw new InvalidArgument(refuse(why));
  }
  return {
    type: body.Type as MountRequest["type"],
    source: body.Source,
    target: body.Target,
    readonly: body.ReadOnly,
    ...mountDetails(body),
  };
}

function whyInvalid(body: MountBody): string | undefined {
  const extra = (field: "BindOptions" | "VolumeOptions" | "TmpfsOptions" | "ImageOptions") =>
    body[field] === null || body[field] === undefined ? undefined : `field ${field} must not be specified`;
  switch (body.Type) {
    case "bind":
      return body.Source === ""
        ? "field Source must not be empty"
        : (whyBindOptions(body) ??
            extra("VolumeOptions") ??
            extra("ImageOptions") ??
            (body.Source.startsWith("/")
              ? undefined
              : `invalid mount path: '${body.Source}' mount path must be absolute`));
    case "volume":
      return (
        extra("BindOptions") ??
        extra("ImageOptions") ??
        (body.Source === "" && body.ReadOnly ? "must not set ReadOnly mode when using anonymous volumes" : undefined)
      );
    case "tmpfs":
      return (
        extra("BindOptions") ??
        extra("ImageOptions") ??
        (body.Source === "" ? undefined : "field Source must not be specified") ??
        whyTmpfsOptions(body)
      );
    default:
      return extra("BindOptions") ?? (body.Source === "" ? "field Source must not be empty" : extra("VolumeOptions"));
  }
}

/** A flag, or a name and its value. Which names there are is looked at with those of `--tmpfs`. */
function whyTmpfsOptions({ TmpfsOptions: tmpfs }: MountBody): string | undefined {
  const wrong = tmpfs?.Options.some((option) => option.length < 1 || option.length > 2) ?? false;
  return wrong ? "invalid option array length" : undefined;
}

function whyBindOptions({ BindOptions: bind, ReadOnly: readonly }: MountBody): string | undefined {
  if (bind === null || bind === undefined) {
    return undefined;
  }
  if (bind.Propagation !== "" && !propagations.test(bind.Propagation)) {
    return `invalid propagation mode: ${bind.Propagation}`;
  }
  if ((bind.ReadOnlyNonRecursive || bind.ReadOnlyForceRecursive) && !readonly) {
    return "mount must be set ReadOnly mode when ReadOnlyNonRecursive or ReadOnlyForceRecursive is set";
  }
  return bind.ReadOnlyNonRecursive && bind.ReadOnlyForceRecursive
    ? "must not set ReadOnlyNonRecursive and ReadOnlyForceRecursive at the same time"
    : undefined;
}

function mountDetails(body: MountBody): Partial<MountRequest> {
  const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs, ImageOptions: image } = body;
  return {
    ...(body.Consistency === "" ? {} : { consistency: body.Consistency }),
    ...(body.Type === "bind" ? { createSource: bind?.CreateMountpoint ?? false } : {}),
    ...(bind?.Propagation ? { propagation: bind.Propagation } : {}),
    ...(bind ? { nonRecursive: bind.NonRecursive } : {}),
    ...(bind?.ReadOnlyNonRecursive === true ? { recursiveReadonly: "no" } : {}),
    ...(bind?.ReadOnlyForceRecursive === true ? { recursiveReadonly: "force" } : {}),
    ...(volume?.NoCopy === true ? { noCopy: true } : {}),
    ...(volume?.Subpath ? { volumeSubpath: volume.Subpath } : {}),
    ...(image?.Subpath ? { imageSubpath: image.Subpath } : {}),
    ...(volume === null || volume === undefined
      ? {}
      : {
          volumeLabels: volume.Labels,
          ...(volume.DriverConfig ? { volumeOptions: volume.DriverConfig.Options } : {}),
          ...(volume.DriverConfig?.Name ? { volumeDriver: volume.DriverConfig.Name } : {}),
        }),
    ...(tmpfs === null || tmpfs === undefined
      ? {}
      : { tmpfsSize: tmpfs.SizeBytes, tmpfsMode: tmpfs.Mode, ...tmpfsFlags(tmpfs.Options) }),
  };
}

/** `[["exec"], ["uid", "5"]]` (since API 1.46) */
function tmpfsFlags(options: readonly string[][]): Partial<MountRequest> {
  return options.length === 0 ? {} : { tmpfsFlags: options.map((option) => option.join("=")) };
}
