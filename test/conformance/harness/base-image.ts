import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { unpackedPackage } from "../../suites/docker-clients.ts";

/**
 * Makes an archive for `docker load` with one image, `busybox:latest`: both engines are to have the very same.
 * @param scratch a directory that the caller removes
 * @returns the archive's path
 */
export async function makeBaseImage(scratch: string): Promise<string> {
  const home = mkdtempSync(join(scratch, "image-"));
  const root = join(home, "root");
  for (const directory of ["bin", "dev", "etc", "home", "proc", "root", "sys", "usr/bin", "usr/sbin", "var/tmp"]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  mkdirSync(join(root, "tmp"), { mode: 0o1777 });
  const source = globSync("{usr/,}bin/busybox", { cwd: await unpackedPackage("busybox-static") })[0] ?? "";
  const program = join(root, "bin/busybox");
  copyFileSync(join(await unpackedPackage("busybox-static"), source), program);
  for (const applet of execFileSync(program, ["--list"], { encoding: "utf8" }).trim().split("\n")) {
    if (applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet));
  }
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nstaff:x:50:www-data\nwww-data:x:33:\n");
  const parts = join(home, "parts");
  mkdirSync(parts);
  const tar = ["--sort=name", "--mtime=@1700000000", "--numeric-owner", "--owner=0", "--group=0", "--format=ustar"];
  execFileSync("tar", [...tar, "-C", root, "-cf", join(home, "layer.tar"), "."]);
  const diffId = hash(readFileSync(join(home, "layer.tar")));
  renameSync(join(home, "layer.tar"), join(parts, `${diffId}.tar`));
  const config = JSON.stringify(imageConfig(diffId));
  writeFileSync(join(parts, `${hash(config)}.json`), config);
  const manifest = [{ Config: `${hash(config)}.json`, RepoTags: ["busybox:latest"], Layers: [`${diffId}.tar`] }];
  writeFileSync(join(parts, "manifest.json"), JSON.stringify(manifest));
  const archive = join(scratch, "busybox.tar");
  execFileSync("tar", [...tar, "-C", parts, "-cf", archive, "."]);
  return archive;
}

/** image-spec config.md */
function imageConfig(diffId: string) {
  const created = "2023-11-14T22:13:20Z";
  return {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    created,
    config: {
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      Cmd: ["sh"],
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${diffId}`] },
    history: [
      { created, created_by: "/bin/sh -c #(nop) ADD file:busybox in / " },
      { created, created_by: '/bin/sh -c #(nop)  CMD ["sh"]', empty_layer: true },
    ],
  };
}

function hash(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
