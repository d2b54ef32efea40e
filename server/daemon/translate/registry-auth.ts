import { z } from "zod";
import { InvalidArgument } from "../../engine/errdefs/errors.ts";
import { defaultDomain } from "../../engine/reference/reference.ts";
import type { RegistryAuth } from "../../engine/remotes/remotes.ts";

/** Engine API, AuthConfig. */
export const authSchema = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  auth: z.string().optional(),
  serveraddress: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});

/** `X-Registry-Auth`: base64url of JSON (Engine API, Authentication). Undefined when nothing is in it. */
export function registryAuth(header: string | string[] | undefined): RegistryAuth | undefined {
  const value = decode(header);
  return value === undefined ? undefined : toAuth(authSchema.safeParse(value).data);
}

/** `X-Registry-Config` of builds: registry address → credentials. */
export function registryConfig(header: string | string[] | undefined): (domain: string) => RegistryAuth | undefined {
  const value = decode(header);
  const byAddress = z.record(z.string(), authSchema).safeParse(value ?? {}).data ?? {};
  return (domain) => {
    const names = domain === "docker.io" ? ["https://index.docker.io/v1/", "docker.io"] : [domain, `https://${domain}`];
    return toAuth(names.map((name) => byAddress[name]).find((found) => found !== undefined));
  };
}

/** What cannot be read is nothing, as dockerd has it: the registry says whether it wants more. */
function decode(header: string | string[] | undefined): unknown {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined || text === "") {
    return undefined;
  }
  try {
    const json = Buffer.from(text, "base64url").toString("utf8");
    return json === "" || json === "null" ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The domain of references that an AuthConfig's `serveraddress` is for. @throws InvalidArgument */
export function registryDomain(address: string | undefined): string {
  const host = (address ?? "")
    .replace(/^https?:\/\//i, "")
    .replace(/\/.*$/s, "")
    .toLowerCase();
  if (host === "" || host === "index.docker.io" || host === "registry-1.docker.io") {
    return defaultDomain;
  }
  if (!/^(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.test(host)) {
    throw new InvalidArgument(`invalid registry address "${address}": expected a form like registry.example:5000`);
  }
  return host;
}

export function toAuth(body: z.output<typeof authSchema> | undefined): RegistryAuth | undefined {
  if (body === undefined) {
    return undefined;
  }
  // `auth` is what ~/.docker/config.json holds: base64 of user:password.
  const [user, ...rest] = body.auth === undefined ? [] : Buffer.from(body.auth, "base64").toString("utf8").split(":");
  const username = body.username ?? user;
  const password = body.password ?? (rest.length > 0 ? rest.join(":") : undefined);
  const auth: RegistryAuth = {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(body.identitytoken ? { identityToken: body.identitytoken } : {}),
    ...(body.registrytoken ? { registryToken: body.registrytoken } : {}),
  };
  return Object.keys(auth).length === 0 ? undefined : auth;
}
