import { randomUUID } from "node:crypto";
import { Cancelled, isEngineError, messageOf, Unauthenticated, Unavailable } from "../errdefs/errors.ts";
import { type AddressRule, anyAddress } from "../network/address-rule.ts";
import { defaultDomain, type Reference } from "../reference/reference.ts";
import { Authorizer } from "./authorizer.ts";
import { isInsecure, isListedRegistry, registryAddresses, registryHost, type RegistrySettings } from "./hosts.ts";
import { drain, type HttpClient, type HttpRequest, type HttpResponse } from "./http-client.ts";
import { failureOf, registryError } from "./registry-errors.ts";
import type { RegistryAuth } from "./remotes.ts";

const maxRedirects = 5;
const probeTimeoutMs = 10_000;

export interface RepositoryRequest {
  method: HttpRequest["method"];
  /** below `/v2/<name>/`, or a whole URL that the registry gave (an upload's Location) */
  path: string | URL;
  headers?: Record<string, string>;
  body?: HttpRequest["body"];
  signal?: AbortSignal;
  /** statuses that are answers rather than errors; the caller reads their body */
  expect: readonly number[];
}

/** Everything about registries that tenants share: connections, and what is known of each host. */
export class Registries {
  readonly #client: HttpClient;
  readonly #settings: RegistrySettings;
  readonly #schemes = new Map<string, "http:" | "https:">();

  constructor(client: HttpClient, settings: RegistrySettings = {}) {
    this.#client = client;
    this.#settings = settings;
  }

  /**
   * @param actions `pull`, or `pull,push`
   * @throws what `checkReach` throws
   */
  repository(reference: Reference, actions: "pull" | "pull,push", options: Access): Repository {
    return this.#repository(reference, `repository:${reference.path}:${actions}`, options);
  }

  /** Where to pull it from before the registry itself: of Docker Hub's the mirrors, without anybody's credentials. */
  mirrors(reference: Reference): Repository[] {
    const mirrors = reference.domain === defaultDomain ? (this.#settings.mirrors ?? []) : [];
    return mirrors.map((mirror) => this.#mirror(reference, mirror));
  }

  #mirror({ path }: Reference, mirror: URL): Repository {
    const insecure = isInsecure(mirror.host, this.#settings);
    const allowed = anyAddress;
    return new Repository(this.#client, {
      host: mirror.host,
      root: mirror.pathname.replace(/\/*$/, ""),
      name: path,
      scope: `repository:${path}:pull`,
      authorizer: new Authorizer(this.#client, {}, { allowed, insecure }),
      scheme: () => Promise.resolve(mirror.protocol === "http:" ? "http:" : "https:"),
      allowed,
      insecure,
    });
  }

  /** `docker login`. @throws Unauthenticated, PermissionDenied, Unavailable, Cancelled */
  async login(domain: string, options: Access & { auth: RegistryAuth; signal?: AbortSignal }): Promise<void> {
    const { signal } = options;
    const repository = this.#repository({ domain, path: "" }, "", options);
    const path = await repository.base(signal);
    const request = { method: "GET" as const, path, expect: [200], ...(signal === undefined ? {} : { signal }) };
    try {
      await drain(await repository.request(request));
    } catch (error) {
      const status = failureOf(error)?.status;
      if (status === 401) {
        const message = `login attempt to ${path.href} failed with status: 401 Unauthorized`;
        throw new Unauthenticated(message, { cause: error });
      }
      throw error;
    }
  }

  #repository({ domain, path }: Pick<Reference, "domain" | "path">, scope: string, options: Access): Repository {
    const host = registryHost(domain);
    if (!isListedRegistry(host, this.#settings)) options.checkReach?.(domain);
    const allowed = registryAddresses(host, this.#settings, options.addresses);
    const insecure = isInsecure(host, this.#settings);
    const authorizer = new Authorizer(this.#client, options.auth ?? {}, { allowed, insecure });
    const scheme = (signal?: AbortSignal) => this.#scheme(host, insecure, allowed, signal);
    return new Repository(this.#client, { host, root: "", name: path, scope, authorizer, scheme, allowed, insecure });
  }

  /** Whether `/v2/` answers at all within `timeoutMs`; the reason if not. */
  async reach(domain: string, timeoutMs: number): Promise<{ reachable: boolean; reason?: string }> {
    const host = registryHost(domain);
    for (const mirror of domain === defaultDomain ? (this.#settings.mirrors ?? []) : []) {
      const url = new URL(`${mirror.href.replace(/\/*$/, "")}/v2/`);
      if ((await this.#answers(url.host, () => Promise.resolve(url), timeoutMs)).reachable) return { reachable: true };
    }
    const api = async (signal: AbortSignal) => {
      const scheme = await this.#scheme(host, isInsecure(host, this.#settings), anyAddress, signal);
      return new URL(`${scheme}//${host}/v2/`);
    };
    return await this.#answers(host, api, timeoutMs);
  }

  async #answers(host: string, api: (signal: AbortSignal) => Promise<URL>, timeoutMs: number) {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const insecureTls = isInsecure(host, this.#settings);
      const response = await this.#client.request({ method: "GET", url: await api(signal), insecureTls, signal });
      await drain(response);
      const reachable = response.status === 200 || response.status === 401;
      return reachable ? { reachable } : { reachable, reason: `${host} answers with status ${response.status}` };
    } catch (error) {
      const reason = isEngineError(error, "cancelled") ? `no answer for ${timeoutMs} ms` : messageOf(error);
      return { reachable: false, reason };
    }
  }

  /** HTTPS, except that insecure registries are asked once whether they speak plain HTTP. */
  async #scheme(host: string, insecure: boolean, allowed: AddressRule, signal?: AbortSignal) {
    const known = this.#schemes.get(host);
    if (known !== undefined) {
      return known;
    }
    if (!insecure) {
      // Whether it can be reached at all is told of its API's root, whatever is wanted beneath.
      const root = { method: "GET" as const, url: new URL(`https://${host}/v2/`), idleTimeoutMs: probeTimeoutMs };
      await drain(await this.#client.request({ ...root, ...(signal === undefined ? {} : { signal }) }, allowed));
      this.#schemes.set(host, "https:");
      return "https:";
    }
    const response = await this.#client.request(
      {
        method: "GET",
        url: new URL(`http://${host}/v2/`),
        idleTimeoutMs: probeTimeoutMs,
        ...(signal === undefined ? {} : { signal }),
      },
      allowed,
    );
    await drain(response);
    // A TLS server answers plain HTTP with 400, or not in HTTP at all.
    const scheme = response.status === 400 ? "https:" : "http:";
    this.#schemes.set(host, scheme);
    return scheme;
  }
}

/** For whom a repository is asked. */
interface Access extends RegistryReach {
  auth: RegistryAuth | undefined;
}

/** What registries a tenant may ask, beside those that the operator has listed. */
export interface RegistryReach {
  /** where they may be */
  addresses: AddressRule;
  /** throws for one that may not be asked; undefined: all may */
  checkReach?: ((domain: string) => void) | undefined;
}

interface RepositoryOptions {
  host: string;
  /** path before `/v2/`; empty: none */
  root: string;
  name: string;
  scope: string;
  authorizer: Pick<Authorizer, "header" | "learn" | "isAnonymous">;
  scheme: (signal?: AbortSignal) => Promise<"http:" | "https:">;
  allowed: AddressRule;
  insecure: boolean;
}

/** A repository with the authorization that it has now: what another thread needs to ask it. */
export interface RepositoryAccess {
  host: string;
  root: string;
  name: string;
  scheme: "http:" | "https:";
  insecure: boolean;
  /** of HTTP; undefined: none is wanted */
  authorization: string | undefined;
  allowed: AddressRule;
  idleTimeoutMs: number;
}

/** The repository again, in another thread. It learns nothing: who asks for another authorization is an error. */
export function authorizedRepository(client: HttpClient, access: RepositoryAccess): Repository {
  const { authorization, allowed, scheme, host, root, name, insecure } = access;
  return new Repository(client, {
    host,
    root,
    name,
    insecure,
    scope: "",
    authorizer: { header: () => Promise.resolve(authorization), learn: () => false, isAnonymous: false },
    scheme: () => Promise.resolve(scheme),
    allowed,
  });
}

/** Requests about one repository of one registry with one set of credentials (distribution-spec, Endpoints). */
export class Repository {
  readonly #client: HttpClient;
  readonly #options: RepositoryOptions;
  readonly #alone = randomUUID();

  constructor(client: HttpClient, options: RepositoryOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The registry's host, for messages. */
  get host(): string {
    return this.#options.host;
  }

  /** of the repository: `library/busybox` */
  get name(): string {
    return this.#options.name;
  }

  /** Nobody's credentials are sent: what it shows, it shows to everybody who can reach it. */
  get isPublic(): boolean {
    return this.#options.authorizer.isAnonymous;
  }

  /** What is wanted from one source at the same time is done once; what is private, for each one alone. */
  get source(): string {
    return this.isPublic ? `${this.host}/${this.name}` : this.#alone;
  }

  /** Where the registry's API begins. @throws Unavailable, Cancelled */
  async base(signal?: AbortSignal): Promise<URL> {
    const { scheme, host, root } = this.#options;
    return new URL(`${await scheme(signal)}//${host}${root}/v2/`);
  }

  /** @throws Unavailable, Cancelled, Unauthenticated (no token is to be had) */
  async access(signal?: AbortSignal): Promise<RepositoryAccess> {
    const { authorizer, scope, host, root, name, insecure, allowed } = this.#options;
    return {
      host,
      root,
      name,
      insecure,
      scheme: await this.#options.scheme(signal),
      authorization: await authorizer.header(scope, signal),
      allowed,
      idleTimeoutMs: this.#client.idleTimeoutMs,
    };
  }

  /**
   * Sends one request, authorised as the registry wants it, following redirects of reads.
   * @param options.from another repository of the registry that the token must be good for, too (cross mount)
   * @throws what `registryError` makes of a status that is not expected; Unavailable, Cancelled
   */
  async request(request: RepositoryRequest, options: { from?: string } = {}): Promise<HttpResponse> {
    const { name, authorizer } = this.#options;
    const scope = this.#options.scope + (options.from === undefined ? "" : ` repository:${options.from}:pull`);
    const base = await this.base(request.signal);
    const url = request.path instanceof URL ? request.path : new URL(`${name}/${request.path}`, base);
    for (let attempt = 0; ; attempt++) {
      // What a registry sends elsewhere (a storage service) gets no credentials of the registry.
      const authorization = url.origin === base.origin ? await authorizer.header(scope, request.signal) : undefined;
      const response = await this.#follow(request, url, authorization);
      if (request.expect.includes(response.status)) {
        return response;
      }
      if (response.status === 401 && attempt === 0 && response.url.origin === base.origin) {
        // Of several at once the first learns for all: who was sent without credentials tries again, too.
        if (authorizer.learn(response, scope) || authorization === undefined) {
          await drain(response);
          continue;
        }
      }
      throw await registryError(response);
    }
  }

  async #follow(request: RepositoryRequest, start: URL, authorization: string | undefined): Promise<HttpResponse> {
    const { method, signal, body } = request;
    let url = start;
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const sameOrigin = url.origin === start.origin;
      const response = await this.#client.request(
        {
          method,
          url,
          headers: {
            ...request.headers,
            ...(sameOrigin && authorization !== undefined ? { authorization } : {}),
          },
          insecureTls: this.#options.insecure,
          ...(signal === undefined ? {} : { signal }),
          ...(body === undefined ? {} : { body }),
        },
        this.#options.allowed,
      );
      const location = response.headers.location;
      const isRedirect = [301, 302, 303, 307, 308].includes(response.status) && location !== undefined;
      if (!isRedirect || request.expect.includes(response.status) || (method !== "GET" && method !== "HEAD")) {
        return response;
      }
      await drain(response);
      const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
      if (next === undefined || (url.protocol === "https:" && next.protocol !== "https:")) {
        throw new Unavailable(`the registry ${this.#options.host} redirects to an unsafe place`);
      }
      url = next;
    }
    throw new Unavailable(`the registry ${this.#options.host} redirects more than ${maxRedirects} times`);
  }
}

/** Throws Cancelled if the signal is aborted. */
export function checkCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) {
    throw new Cancelled(`${what} was cancelled`, { cause: signal.reason });
  }
}
