import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, statSync } from "node:fs";
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

function loadArchive(settings: Settings, file: string): Promise<number> {
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
            process.stdout.write(
              `${(message.stream ?? message.status ?? message.error ?? message.message ?? "").trimEnd()}\n`,
            );
          }
          resolve(failed ? 1 : 0);
        });
      },
    );
    outgoing.on("error", reject);
    pipeline(body, outgoing).catch(reject);
  });
}
