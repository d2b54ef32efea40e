import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const repository = "/repository";
/** From a package source in the image itself: the same work for everyone, and nothing of the network in it. */
export const installCurl = "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy curl";

/**
 * The context of an image that installs curl without a network: the packages that a Debian lacks for it, as a package
 * source.
 * @param dpkgStatus /var/lib/dpkg/status of the image `base`
 */
export function repositoryContext(context: string, base: string, dpkgStatus: string): void {
  const packages = join(context, "packages");
  mkdirSync(packages, { recursive: true });
  writeFileSync(join(context, "status"), dpkgStatus);
  const apt = ["-o", "APT::Sandbox::User=root"];
  // what this machine has downloaded before would not be listed
  const archives = join(context, "archives");
  mkdirSync(join(archives, "partial"), { recursive: true });
  const state = ["-o", `Dir::State::status=${join(context, "status")}`, "-o", `Dir::Cache::archives=${archives}`];
  const planned = execFileSync("apt-get", [...apt, ...state, "install", "--print-uris", "-qqy", "curl"], {
    encoding: "utf8",
  });
  const names = [...planned.matchAll(/ (\S+?)_\S+\.deb /g)].map(([, name = ""]) => name);
  execFileSync("apt-get", [...apt, "download", ...names], { cwd: packages, stdio: "ignore" });
  const index = globSync("*.deb", { cwd: packages }).map((name) => {
    const file = join(packages, name);
    const fields = execFileSync("dpkg-deb", ["--field", file], { encoding: "utf8" }).trimEnd();
    const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
    return `${fields}\nFilename: ./${name}\nSize: ${statSync(file).size}\nSHA256: ${digest}\n`;
  });
  writeFileSync(join(packages, "Packages"), index.join("\n"));
  const source = `deb [trusted=yes] file:${repository} ./`;
  const lines = [
    `FROM ${base}`,
    `COPY packages ${repository}`,
    `RUN rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists/* && echo "${source}" > /etc/apt/sources.list`,
  ];
  writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
}
