import type { NewContainer, ProcessConfig } from "../../engine/containers/container.ts";
import type { HealthConfig } from "../../engine/oci/types.ts";
import { endpointRequest, hostOptions } from "./host-config.ts";
import { checkModes } from "./modes.ts";
import { type ContainerConfigBody, type CreateContainerBody, hostConfigSchema } from "./schemas.ts";

/**
 * The body of `POST /containers/create` as the engine takes it. What the client leaves empty stays empty: the engine
 * fills it from the image.
 * @throws InvalidArgument in dockerd's words
 */
export function newContainer(body: CreateContainerBody, name: string | undefined): NewContainer {
  const hostConfig = body.HostConfig ?? hostConfigSchema.parse({});
  checkModes(body, hostConfig);
  const host = hostOptions(hostConfig);
  // docker-py says it at the top. dockerd takes no notice, but there it is what one gets anyway.
  if (host.runtime === "" && body.Runtime === "runc") host.runtime = body.Runtime;
  const endpoints = Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {});
  const networks = Object.fromEntries(endpoints.map(([network, settings]) => [network, endpointRequest(settings)]));
  const config = { ...processConfig(body), shownEmpty: body.$empty };
  return { name, config, host, networks };
}

/** Engine API, ContainerConfig, as the engine takes it. */
export function processConfig(body: ContainerConfigBody): ProcessConfig {
  return {
    hostname: body.Hostname,
    domainname: body.Domainname,
    user: body.User,
    env: body.Env,
    cmd: body.Cmd,
    entrypoint: body.Entrypoint,
    workingDir: body.WorkingDir,
    labels: body.Labels,
    tty: body.Tty,
    openStdin: body.OpenStdin,
    stdinOnce: body.StdinOnce,
    attachStdin: body.AttachStdin,
    attachStdout: body.AttachStdout,
    attachStderr: body.AttachStderr,
    exposedPorts: body.ExposedPorts,
    volumes: body.Volumes,
    stopSignal: body.StopSignal,
    stopTimeout: body.StopTimeout ?? undefined,
    healthcheck: healthConfig(body.Healthcheck),
    shell: body.Shell.length === 0 ? undefined : body.Shell,
    ...(body.OnBuild.length === 0 ? {} : { onBuild: body.OnBuild }),
    ...(body.ArgsEscaped ? { argsEscaped: true } : {}),
    networkDisabled: body.NetworkDisabled,
    image: body.Image,
  };
}

function healthConfig(body: ContainerConfigBody["Healthcheck"]): HealthConfig | undefined {
  if (body === null || body === undefined) {
    return undefined;
  }
  // As Go leaves out what is empty, and shows that something was said.
  const isSaid = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
  return Object.fromEntries(Object.entries(body).filter(([, value]) => isSaid(value)));
}
