import { workstationImage } from "../../../contract/extension-api.ts";
import { defaultPath, type Recipe } from "../recipe.ts";
import { dockerClient } from "../docker-client.ts";

const tools = `bash bash-completion ca-certificates curl file git iproute2 iputils-ping jq less nano netcat-openbsd
openssh-client procps tree unzip vim xz-utils`;

/** Debian 12 has no Compose plugin for docker but this program, whose commands are the same. */
const composeOne = "docker-compose";
/** A plugin of the docker command (docker/cli, cli-plugins) that calls it. */
const composePlugin = `#!/bin/sh
if [ "$1" = docker-cli-plugin-metadata ]; then
  echo '{"SchemaVersion":"0.1.0","Vendor":"Debian","Version":"1.29","ShortDescription":"Docker Compose"}'
  exit
fi
shift
exec docker-compose "$@"
`;
const pluginPath = "/usr/libexec/docker/cli-plugins/docker-compose";

/** Where a learner types: a shell, an editor, git and the real docker client. */
export const workstation: Recipe = {
  name: workstationImage,
  summary: "a learner's shell: bash, editors, git, curl and the docker client",
  kind: "base",
  acceptsTag: (tag) => tag === "latest",
  packages: ({ codename }) => [...tools.split(/\s+/), ...(codename === "bookworm" ? [composeOne] : [])],
  copies: dockerClient,
  files: () => [
    {
      path: "/etc/profile.d/drydock.sh",
      content: `# The prompt and the comforts of a learner's shell.
[ -n "$BASH_VERSION" ] || return 0
PS1='\\[\\e[1;36m\\]\\u@\\h\\[\\e[0m\\]:\\[\\e[1;34m\\]\\w\\[\\e[0m\\]\\$ '
alias ls='ls --color=auto' ll='ls -l --color=auto' grep='grep --color=auto'
[ -r /usr/share/bash-completion/bash_completion ] && . /usr/share/bash-completion/bash_completion
[ -r /etc/bash_completion.d/docker ] && . /etc/bash_completion.d/docker
`,
    },
    { path: "/usr/share/drydock/docker-compose", content: composePlugin },
    { path: "/root/.bashrc", content: ". /etc/profile.d/drydock.sh\n" },
    { path: "/root/.profile", content: '[ -n "$BASH_VERSION" ] && . ~/.bashrc\n' },
    {
      path: "/etc/gitconfig",
      content: "[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n[core]\n\tpager = less -FRX\n",
    },
    { path: "/etc/vim/vimrc.local", content: "syntax on\nset mouse=\nset number\n" },
  ],
  setup: `mkdir -p /workspace ${pluginPath.replace(/\/[^/]*$/, "")}
if [ ! -e ${pluginPath} ] && command -v docker-compose > /dev/null; then
  install -m 755 /usr/share/drydock/docker-compose ${pluginPath}
fi
docker completion bash > /etc/bash_completion.d/docker 2>/dev/null || rm -f /etc/bash_completion.d/docker`,
  version: "docker --version | sed 's/.*version \\([0-9.]*\\).*/\\1/'",
  config: () => ({
    Env: [`PATH=${defaultPath}`, "LANG=C.UTF-8", "EDITOR=nano", "DOCKER_CLI_HINTS=false"],
    WorkingDir: "/workspace",
    Cmd: ["bash", "-l"],
  }),
};
