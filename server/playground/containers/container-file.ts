import { posix } from "node:path";
import type { Readable } from "node:stream";
import { extract, pack } from "tar-stream";
import type { Header } from "tar-stream";
import type { DockerClient } from "../client/docker-client.ts";
import { Problem } from "../http/problem.ts";

/** A regular file of a container, out of the archive that Docker's API gives. Its `bytes` are read or destroyed. */
export interface ContainerFile {
  /** where it is, behind all links */
  path: string;
  header: Header;
  bytes: Readable;
}

/** Links that lead to each other end somewhere. */
const mostLinks = 20;

/** Links are followed, within the container. @throws Problem 404, 400 (no regular file) */
export async function openContainerFile(docker: DockerClient, container: string, path: string): Promise<ContainerFile> {
  let at = path;
  for (let links = 0; links <= mostLinks; links++) {
    const { header, bytes } = await firstEntry(docker, container, at);
    if (header.type === "file") return { path: at, header, bytes };
    bytes.destroy();
    if (header.type !== "symlink") throw new Problem(400, `${path} is no regular file: it cannot be read here.`);
    at = posix.resolve(posix.dirname(at), header.linkname ?? "");
  }
  throw new Problem(400, `${path} is a link that leads nowhere.`);
}

async function firstEntry(docker: DockerClient, container: string, path: string): Promise<Omit<ContainerFile, "path">> {
  const archive = await docker.archive(container, path);
  const reader = extract();
  const { promise, resolve, reject } = Promise.withResolvers<Omit<ContainerFile, "path">>();
  reader.on("entry", (header, bytes, next) => {
    bytes.on("end", next);
    bytes.on("close", () => archive.destroy());
    resolve({ header, bytes: bytes as unknown as Readable });
  });
  reader.on("error", reject);
  reader.on("finish", () => reject(new Problem(404, `${path} is not there any more.`)));
  archive.on("error", (error) => reader.destroy(error));
  archive.pipe(reader);
  return promise;
}

/** Replaces what is in a file, or makes one that is root's: mode and owner of one that is there stay, and links to it. */
export async function writeContainerFile(
  docker: DockerClient,
  container: string,
  path: string,
  content: Buffer,
): Promise<void> {
  // An archive that is written here has names in UTF-8 only.
  if (!path.isWellFormed()) throw new Problem(400, `The name of ${path.toWellFormed()} is not UTF-8: rename it first.`);
  const { path: target, mode, uid, gid } = await present(docker, container, path);
  const tar = pack();
  tar.entry({ name: posix.basename(target), mode, uid, gid, mtime: new Date() }, content);
  tar.finalize();
  try {
    await docker.putArchive(container, posix.dirname(target), tar as unknown as Readable);
  } catch (error) {
    if (!(error instanceof Problem && /device or resource busy/.test(error.message))) throw error;
    throw new Problem(
      409,
      `${target} is mounted into the container: Docker copies nothing over it. Change it from within, in a terminal.`,
    );
  }
}

/** Of the file that is there, or of the one to be made. */
async function present(
  docker: DockerClient,
  container: string,
  path: string,
): Promise<{ path: string; mode: number; uid: number; gid: number }> {
  try {
    const { path: target, header, bytes } = await openContainerFile(docker, container, path);
    bytes.destroy();
    return { path: target, mode: header.mode ?? 0o644, uid: header.uid ?? 0, gid: header.gid ?? 0 };
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return { path, mode: 0o644, uid: 0, gid: 0 };
    throw error;
  }
}
