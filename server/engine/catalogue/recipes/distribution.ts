import { defaultPath, type Recipe } from "../recipe.ts";

const config: Recipe["config"] = () => ({ Env: [`PATH=${defaultPath}`], Cmd: ["bash"] });
const version = '. /etc/os-release; cat /etc/debian_version 2>/dev/null || echo "$VERSION_ID"';

/** On a Debian machine, Debian of the same release. */
export const debian: Recipe = {
  name: "debian",
  summary: "this machine's Debian release, the smallest set of packages with apt",
  kind: "distribution",
  acceptsTag: (tag, host) =>
    [
      "latest",
      "stable",
      "stable-slim",
      host.codename,
      `${host.codename}-slim`,
      host.version,
      `${host.version}-slim`,
    ].includes(tag) || new RegExp(`^${host.version}\\.[0-9]+(-slim)?$`).test(tag),
  version,
  config,
};

/** On an Ubuntu machine, Ubuntu of the same release. */
export const ubuntu: Recipe = {
  name: "ubuntu",
  summary: "this machine's Ubuntu release, the smallest set of packages with apt",
  kind: "distribution",
  acceptsTag: (tag, host) => ["latest", host.codename, host.version].includes(tag),
  version: '. /etc/os-release; echo "$VERSION_ID"',
  config,
};
