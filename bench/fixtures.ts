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

const blockSize = 512;

/** A build context of these files (ustar). Made without a program, for it is made while the clock runs. */
export function contextTar(files: Record<string, string>): Buffer {
  const entries = Object.entries(files).flatMap(([name, text]) => {
    const body = Buffer.from(text);
    return [tarHeader(name, body.length), body, Buffer.alloc((blockSize - (body.length % blockSize)) % blockSize)];
  });
  return Buffer.concat([...entries, Buffer.alloc(2 * blockSize)]);
}

/** tar(5), "POSIX ustar Archives" */
export function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(blockSize);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write("        0", 148); // the checksum counts as blanks
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}
