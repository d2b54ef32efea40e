import { packageVersion } from "../packages.ts";
import { defaultPath, programTag, type Recipe } from "../recipe.ts";

export const python: Recipe = {
  name: "python",
  summary: "Python 3 with pip, from the distribution",
  kind: "base",
  acceptsTag: (tag, host) => programTag(tag, host) && !/^2(\.|-|$)/.test(tag),
  packages: () => ["python3", "python3-pip", "python3-venv", "ca-certificates", "netbase", "tzdata"],
  files: (host) => [
    // As in the image on Docker Hub, pip may install beside the distribution's own modules.
    {
      path: "/etc/pip.conf",
      content: ["[global]", "break-system-packages = true", "root-user-action = ignore", ...host.pipSettings, ""].join(
        "\n",
      ),
    },
  ],
  setup: `ln -sf /usr/bin/python3 /usr/local/bin/python
ln -sf /usr/bin/python3 /usr/local/bin/python3
ln -sf /usr/bin/pip3 /usr/local/bin/pip
ln -sf /usr/bin/pip3 /usr/local/bin/pip3`,
  version: "python3 -c 'import platform; print(platform.python_version())'",
  expectedVersion: (signal) => packageVersion("python3", signal),
  config: (host) => ({
    Env: [
      `PATH=${defaultPath}`,
      "LANG=C.UTF-8",
      // Modules from the package index bring their own list of authorities.
      ...(host.authorities.length === 0
        ? []
        : ["PIP_CERT=/etc/ssl/certs/ca-certificates.crt", "REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt"]),
    ],
    Cmd: ["python3"],
  }),
};
