import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../suites/drydockd.ts";

/**
 * The docker client 20.10, taken out of Debian's package docker.io (nothing is installed).
 * @param directory where it is unpacked. @throws Error when there is none to be had
 */
export async function oldDocker(directory: string): Promise<string> {
  const given = process.env["DRYDOCK_TEST_OLD_DOCKER"];
  if (given !== undefined && existsSync(given)) {
    return given;
  }
  const scratch = join(directory, "old-docker");
  mkdirSync(scratch, { recursive: true });
  // apt drops its privileges to download; the directory is root's.
  const download = await run("sh", [
    "-c",
    'cd "$1" && apt-get -o APT::Sandbox::User=root download docker.io && dpkg-deb -x docker.io_*.deb .',
    "sh",
    scratch,
  ]);
  const client = join(scratch, "usr/bin/docker");
  if (download.status !== 0 || !existsSync(client)) {
    throw new Error(`apt-get download docker.io: ${download.stderr.trim() || readdirSync(scratch).join(" ")}`);
  }
  const { stdout } = await run(client, ["--version"]);
  if (!stdout.includes("version 20.10")) {
    throw new Error(`the distribution has ${stdout.trim()}`);
  }
  return client;
}
