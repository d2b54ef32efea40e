import type { RuleName } from "../../server/engine/tenants/policy.ts";

/** What a learner may ask of `docker` and is refused, with the rule that the answer names. `docs/security.md` shows all. */
export interface Refused {
  /** of `docker`, as typed by somebody under the policy `public` */
  command: string;
  /** what the answer says of why */
  because: RegExp;
}

const rule = (name: RuleName): RegExp => new RegExp(`is not allowed here \\(rule "${name}" of the public policy\\)`);

export const refusedCommands: readonly Refused[] = [
  { command: "run --privileged debian true", because: rule("privileged") },
  { command: "exec --privileged cell true", because: rule("privileged") },
  { command: "run --network host debian true", because: rule("hostNamespaces") },
  { command: "run --pid host debian true", because: rule("hostNamespaces") },
  { command: "run --ipc host debian true", because: rule("hostNamespaces") },
  { command: "run --uts host debian true", because: rule("hostNamespaces") },
  { command: "run --userns host debian true", because: rule("hostNamespaces") },
  { command: "run --cgroupns host debian true", because: rule("hostNamespaces") },
  { command: "run --device /dev/kmsg debian true", because: rule("devices") },
  { command: "run --device-cgroup-rule=a debian true", because: /invalid argument|invalid device cgroup format/ },
  { command: "run --device-cgroup-rule='b 8:* rwm' debian true", because: rule("devices") },
  { command: "run --gpus all debian true", because: /could not select device driver/ },
  { command: "run --cap-add SYS_ADMIN debian true", because: rule("capabilities") },
  { command: "run --cap-add ALL debian true", because: rule("capabilities") },
  { command: "run --ulimit rtprio=99 debian true", because: rule("capabilities") },
  { command: "run --security-opt seccomp=unconfined debian true", because: rule("unconfined") },
  { command: "run --security-opt apparmor=unconfined debian true", because: rule("unconfined") },
  { command: "run --security-opt label=disable debian true", because: rule("unconfined") },
  { command: "run --security-opt systempaths=unconfined debian true", because: rule("unconfined") },
  { command: "run --sysctl net.core.rmem_max=1 debian true", because: rule("sysctls") },
  {
    command:
      "run --network name=bridge,driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.neigh.IFNAME.mcast_solicit=99 debian true",
    because: rule("sysctls"),
  },
  { command: "run -v /:/host debian true", because: rule("binds") },
  { command: "run -v /etc/shadow:/shadow debian true", because: rule("binds") },
  { command: "run -v /workspace/../../etc:/x debian true", because: rule("binds") },
  { command: "run --mount type=bind,src=/proc,dst=/host debian true", because: rule("binds") },
  {
    command: "run --mount type=bind,src=/workspace,dst=/w,bind-propagation=rshared debian true",
    because: rule("binds"),
  },
  { command: "run --cgroup-parent /../.. debian true", because: rule("cgroupParent") },
  { command: "run --runtime runsc debian true", because: rule("runtimes") },
  { command: "run --runtime /bin/sh debian true", because: /Unknown runtime specified \/bin\/sh/ },
  { command: "run --annotation run.oci.handler=x debian true", because: rule("annotations") },
  { command: "run --oom-kill-disable debian true", because: rule("oomTuning") },
  { command: "run --oom-score-adj -1000 debian true", because: rule("oomTuning") },
  { command: "volume create -o type=none -o o=bind -o device=/ stolen", because: rule("volumeOptions") },
  {
    command: "run --mount type=volume,dst=/x,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/ debian true",
    because: rule("volumeOptions"),
  },
  { command: "volume create -d sshfs stolen", because: rule("volumePlugins") },
  { command: "network create -o com.docker.network.bridge.name=eth0 x", because: rule("machineNetworks") },
  { command: "network create -d macvlan -o parent=eth0 x", because: rule("machineNetworks") },
  { command: "network create --subnet 0.0.0.0/0 x", because: rule("machineNetworks") },
  {
    command: "run --log-driver syslog --log-opt syslog-address=tcp://10.0.0.1 debian true",
    because: rule("logDrivers"),
  },
  { command: "plugin install --grant-all-permissions vieux/sshfs", because: rule("volumePlugins") },
  { command: "swarm init", because: /not/ },
  { command: "import http://169.254.169.254/latest/meta-data", because: /own network|may not/ },
  { command: "pull 127.0.0.1:5000/private", because: /own network|may not/ },
  { command: "pull 169.254.169.254/private", because: /own network|may not/ },
  { command: "run --network container:vault debian true", because: /No such container: vault/ },
  { command: "run --pid container:vault debian true", because: /No such container: vault/ },
  { command: "run --ipc container:vault debian true", because: /No such container: vault/ },
  { command: "run --volumes-from vault debian true", because: /No such container: vault/ },
  { command: "run --link vault debian true", because: /[Cc]ould not get container for vault|No such container: vault/ },
  { command: "run --network vault-net debian true", because: /network vault-net not found/ },
];
