import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, createReadStream, existsSync, openSync, readSync, statSync } from "node:fs";
import { request } from "node:http";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readArguments, usageError } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import { engineAnswers, engineStatus } from "./engine-client.ts";
import { imageState } from "./image-state.ts";
import { readSettings, type Settings } from "./settings.ts";

/** `./drydock images list | load`: base images that the operator gives, for machines without a registry. */
export async function run(args: string[]): Promise<number> {
  const [verb = "list", source, name] = readArguments("images", args, {}, 3).positionals;
  const settings = readSettings();
  if (!(await engineAnswers(settings))) throw new CommandError("drydockd does not run: sudo ./drydock up");
  if (verb === "list") return list(settings);
  if (verb !== "load") throw usageError("images", `images has no "${verb}": list, load`);
  if (source === undefined) throw usageError("images", "images load: which archive, or which directory?");
  if (!existsSync(source)) throw new CommandError(`${source} does not exist`);
  if (statSync(source).isDirectory()) return loadDirectory(settings, source, name);
  if (name !== undefined) {
    throw new CommandError(`an archive says itself what its images are called: ./drydock images load ${source}`);
  }
  return loadArchive(settings, source);
}

async function list(settings: Settings): Promise<number> {
  for (const image of (await engineStatus(settings)).baseImages) {
    process.stdout.write(`${image.name.padEnd(24)} ${imageState(image)}\n`);
  }
  return 0;
}

/** How files begin that the engine unpacks: gzip, zstd, bzip2, xz. */
const compressed = ["1f8b", "28b52ffd", "425a68", "fd377a585a00"].map((hex) => Buffer.from(hex, "hex"));
/** Where a tar says that it is one (POSIX ustar, and GNU's). */
const tarMagic = { offset: 257, text: "ustar" };

/** Whether the file begins as an archive does, compressed or not. */
export function isArchive(file: string): boolean {
  const start = Buffer.alloc(tarMagic.offset + tarMagic.text.length);
  const opened = openSync(file, "r");
  try {
    readSync(opened, start);
  } finally {
    closeSync(opened);
  }
  const says = start.toString("latin1", tarMagic.offset);
  return says === tarMagic.text || compressed.some((magic) => start.subarray(0, magic.length).equals(magic));
}

function loadArchive(settings: Settings, file: string): Promise<number> {
  if (!isArchive(file)) {
    throw new CommandError(
      `${file} is no archive of images: give one that 'docker save -o FILE IMAGE' wrote, or a directory with a root file system`,
    );
  }
  process.stdout.write(`loading ${basename(file)}\n`);
  return upload(settings, "/v1.43/images/load", createReadStream(file));
}

function loadDirectory(settings: Settings, directory: string, name: string | undefined): Promise<number> {
  if (name === undefined)
    throw new CommandError(`a directory needs a name for its image: ./drydock images load ${directory} NAME[:TAG]`);
  const [repository = "", tag = "latest"] = name.split(/:(?=[^/:]*$)/);
  const query = new URLSearchParams({ fromSrc: "-", repo: repository, tag });
  return upload(settings, `/v1.43/images/create?${query.toString()}`, Readable.from(archiveOf(directory)));
}

/** @throws CommandError at its end when something could not be read, so that no image is made of the rest */
async function* archiveOf(directory: string): AsyncGenerator<Buffer> {
  const tar = spawn("tar", ["-C", directory, "--numeric-owner", "-cf", "-", "."], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(tar, "close") as Promise<[number | null, string | null]>;
  for await (const chunk of tar.stdout) yield chunk as Buffer;
  const [code, signal] = await closed;
  if (code === 0) return;
  throw new CommandError(
    `tar could not read all of ${directory} (${signal ?? `exit status ${code}`}): no image was made`,
  );
}

/** Streams a tar to the engine and prints its progress lines. */
function upload(settings: Settings, path: string, body: Readable): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath: join(settings.run, "drydock.sock"),
        method: "POST",
        path,
        headers: { "Content-Type": "application/x-tar" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", reject);
        response.on("end", () => {
          const lines = text.split("\n").filter((line) => line.trim() !== "");
          let failed = (response.statusCode ?? 500) >= 300;
          for (const line of lines) {
            const message = JSON.parse(line) as { stream?: string; status?: string; error?: string; message?: string };
            if (message.error !== undefined) failed = true;
            const said = message.stream ?? message.status ?? inWords(message.error ?? message.message ?? "");
            process.stdout.write(`${said.trimEnd()}\n`);
          }
          resolve(failed ? 1 : 0);
        });
      },
    );
    outgoing.on("error", reject);
    pipeline(body, outgoing).catch(reject);
  });
}

/** The engine says it as dockerd does, to whom programs listen. */
export function inWords(error: string): string {
  const [, why] = /^Error processing tar file\(exit status 1\): (.*)$/s.exec(error) ?? [];
  if (why === undefined) return error;
  return `It cannot be unpacked (${why}). Was it copied whole? Make it anew: docker save -o FILE IMAGE`;
}
