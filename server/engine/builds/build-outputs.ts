import { posix } from "node:path";
import type { Readable } from "node:stream";
import type { BuildRequest } from "../builder/builder.ts";
import type { ContextSource } from "../builder/context-source.ts";
import { unpackTar } from "../diff/unpack.ts";
import { InvalidArgument, NotImplemented } from "../errdefs/errors.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import { writeStream } from "../mount/stream-file.ts";
import type { Digest } from "../oci/digest.ts";
import { familiarString, parseReference } from "../reference/reference.ts";
import type { RegistryAuth } from "../remotes/remotes.ts";
import { parseOptionList } from "./option-list.ts";

/** Kinds of archives: the image's files alone, or the image as `docker save` has it, which is an OCI layout too. */
export type ArchiveType = "tar" | "oci" | "docker";

/** What becomes of an image that was built (`docker buildx build --output`). */
export type BuildOutput =
  | { type: "image"; names: string[]; push: boolean }
  | { type: "local"; directory: ContextSource }
  | { type: ArchiveType; directory: ContextSource; file: string };

/** Gives images out, of one tenant. */
export interface ImageOutlets {
  /** An image's archive, from a build at `epoch` seconds; the caller destroys the stream. @throws NotFound */
  open(
    image: Digest,
    type: ArchiveType,
    options: { epoch?: number | undefined; signal: AbortSignal },
  ): Promise<Readable>;
  tag(image: Digest, name: string): void;
  /** @throws as ImageTransfer.push */
  push(name: string, options: { auth?: RegistryAuth | undefined; signal: AbortSignal }): Promise<unknown>;
}

/**
 * `--output` as buildx has it: `type=local,dest=DIRECTORY` or a directory alone, `type=tar,dest=FILE`, `type=oci`,
 * `type=docker`, `type=image,name=NAME[,push=true]`.
 * @param open makes the directory where there is none
 * @throws InvalidArgument, NotImplemented
 */
export function buildOutput(text: string, open: (path: string) => ContextSource): BuildOutput {
  const options = text.includes("=")
    ? parseOptionList(text, "output")
    : new Map([
        ["type", "local"],
        ["dest", text],
      ]);
  const type = options.get("type") ?? "";
  const dest = options.get("dest");
  if (dest === "-") {
    throw new InvalidArgument(`${text}: there is no standard output here: read GET /drydock/v1/builds/ID/output`);
  }
  switch (type) {
    case "local":
      return { type, directory: open(needed(dest, text)) };
    case "tar":
    case "oci":
    case "docker": {
      if (type === "docker" && dest === undefined) {
        return { type: "image", names: namesOf(options), push: false };
      }
      const path = posix.normalize(needed(dest, text));
      return { type, directory: open(posix.dirname(path)), file: posix.basename(path) };
    }
    case "image":
    case "registry": {
      const push = type === "registry" || options.get("push") === "true";
      return { type: "image", names: namesOf(options), push };
    }
    case "":
      throw new InvalidArgument(`${text}: type= is missing: one of image, registry, local, tar, oci, docker`);
    default:
      throw new NotImplemented(`${text}: there is no output of the type ${type}: image, local, tar, oci, docker`);
  }
}

/** Writes what a build made to where it was asked for. @throws ResourceExhausted, Cancelled, as pushes do */
export async function deliver(
  outputs: readonly BuildOutput[],
  made: { image: Digest; epoch: number | undefined; tags: readonly string[] },
  {
    outlets,
    hostBase,
    limitBytes,
    auth,
    signal,
  }: {
    outlets: ImageOutlets;
    hostBase: number;
    limitBytes: number | undefined;
    auth: BuildRequest["auth"];
    signal: AbortSignal;
  },
): Promise<void> {
  const { image, epoch, tags } = made;
  for (const output of outputs) {
    if (output.type === "image") {
      output.names.forEach((name) => outlets.tag(image, name));
      for (const name of output.push ? [...new Set([...output.names, ...tags])] : []) {
        await outlets.push(name, { auth: auth?.(parseReference(name).domain), signal });
      }
      continue;
    }
    const type = output.type === "local" ? "tar" : output.type;
    const archive = await outlets.open(image, type, { epoch, signal });
    try {
      using root = new SafeRoot(output.directory.root);
      if (output.type === "local") {
        await unpackTar(archive, output.directory.root, {
          hostBase,
          devices: "skip",
          owner: { uid: 0, gid: 0 },
          ...(limitBytes === undefined ? {} : { limits: { bytes: limitBytes } }),
        });
      } else {
        await writeStream(root, output.file, archive, signal);
      }
    } finally {
      archive.destroy();
    }
  }
}

function namesOf(options: ReadonlyMap<string, string>): string[] {
  const names = (options.get("name") ?? "").split(",").filter((name) => name !== "");
  return names.map((name) => familiarString(parseReference(name)));
}

function needed(dest: string | undefined, text: string): string {
  if (dest === undefined || dest === "") {
    throw new InvalidArgument(`${text}: dest= is missing`);
  }
  return dest;
}
