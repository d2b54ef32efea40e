import { execFileSync } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A root file system of busybox alone, as a tar. */
export function busyboxTar(): Buffer {
  const scratch = mkdtempSync(join(tmpdir(), "drydock-busybox-"));
  try {
    execFileSync("apt-get", ["-o", "APT::Sandbox::User=root", "download", "busybox-static"], {
      cwd: scratch,
      stdio: "ignore",
    });
    const [archive = ""] = globSync("*.deb", { cwd: scratch });
    execFileSync("dpkg-deb", ["-x", archive, "deb"], { cwd: scratch });
    const root = join(scratch, "root");
    for (const directory of ["bin", "etc", "tmp", "proc", "sys", "dev"])
      mkdirSync(join(root, directory), { recursive: true });
    const binary = globSync("deb/{usr/,}bin/busybox", { cwd: scratch })[0] ?? "";
    copyFileSync(join(scratch, binary), join(root, "bin/busybox"));
    const applets = execFileSync(join(root, "bin/busybox"), ["--list"], { encoding: "utf8" }).trim().split("\n");
    for (const applet of applets.filter((name) => name !== "busybox"))
      symlinkSync("busybox", join(root, "bin", applet));
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    writeFileSync(join(root, "etc/group"), "root:x:0:\n");
    return execFileSync("tar", ["-C", root, "--numeric-owner", "--owner=0", "--group=0", "-cf", "-", "."], {
      maxBuffer: 64 * 1024 ** 2,
    });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** A build context of these files. */
export function contextTar(files: Record<string, string>): Buffer {
  const scratch = mkdtempSync(join(tmpdir(), "drydock-context-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(scratch, name), text);
    return execFileSync("tar", ["-C", scratch, "--numeric-owner", "--owner=0", "--group=0", "-cf", "-", "."]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
