import { z } from "zod";
import { PermissionDenied, Unauthenticated } from "../errdefs/errors.ts";
import { parseJson } from "../oci/json.ts";
import { parseChallenges, type Challenge } from "./challenge.ts";
import type { AddressRule } from "../network/address-rule.ts";
import { drain, readBody, type HttpClient, type HttpResponse } from "./http-client.ts";
import { registryError } from "./registry-errors.ts";
import type { RegistryAuth } from "./remotes.ts";

const maxTokenAnswer = 1 << 20;
/** Seconds that a token lasts if the server does not say (distribution token spec). */
const defaultLifetime = 60;

const tokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().nullish(),
});

/**
 * Authorization for one registry and one set of credentials: Basic, or Bearer tokens from the realm that the
 * registry names (distribution token authentication specification), anonymous ones too.
 */
export class Authorizer {
  readonly #client: HttpClient;
  readonly #auth: RegistryAuth;
  readonly #allowed: AddressRule;
  /** the registry itself speaks plain HTTP, so its realm may, too */
  readonly #insecure: boolean;
  #challenge: Challenge | undefined;
  readonly #tokens = new Map<string, { header: string; expires: number }>();

  constructor(client: HttpClient, auth: RegistryAuth, options: { allowed: AddressRule; insecure: boolean }) {
    this.#client = client;
    this.#auth = auth;
    this.#allowed = options.allowed;
    this.#insecure = options.insecure;
  }

  /** It has no credentials to send. */
  get isAnonymous(): boolean {
    const { username, password, identityToken, registryToken } = this.#auth;
    return [username, password, identityToken, registryToken].every((value) => value === undefined || value === "");
  }

  /** The header for a request in `scope` (`repository:library/busybox:pull`); undefined before the first challenge. */
  async header(scope: string, signal?: AbortSignal): Promise<string | undefined> {
    if (this.#auth.registryToken !== undefined && this.#auth.registryToken !== "") {
      return `Bearer ${this.#auth.registryToken}`;
    }
    switch (this.#challenge?.scheme) {
      case "basic":
        return this.#basic();
      case "bearer":
        return await this.#bearer(this.#challenge, scope, signal);
      default:
        return undefined;
    }
  }

  /**
   * Learns from a 401 what is wanted. True if another attempt with `header` makes sense.
   * @throws Unauthenticated if credentials are wanted and there are none
   */
  learn(response: HttpResponse, scope: string): boolean {
    const challenges = parseChallenges(response.headers["www-authenticate"] ?? "");
    const challenge =
      challenges.find(({ scheme }) => scheme === "bearer") ?? challenges.find(({ scheme }) => scheme === "basic");
    if (challenge === undefined || this.#auth.registryToken) {
      return false;
    }
    if (challenge.scheme === "basic" && this.#basic() === undefined) {
      throw new Unauthenticated("no basic auth credentials");
    }
    const first = this.#challenge === undefined;
    this.#challenge = challenge;
    return this.#tokens.delete(scope) || first || challenge.scheme === "bearer";
  }

  #basic(): string | undefined {
    const { username, password } = this.#auth;
    return username === undefined || username === "" || password === undefined
      ? undefined
      : `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  }

  async #bearer(challenge: Challenge, scope: string, signal: AbortSignal | undefined): Promise<string> {
    const known = this.#tokens.get(scope);
    if (known !== undefined && known.expires > Date.now()) {
      return known.header;
    }
    const answer = await this.#fetchToken(this.#realm(challenge), challenge.parameters["service"], scope, signal);
    const token = answer.token ?? answer.access_token;
    if (token === undefined || token === "" || /[^\x21-\x7e]/.test(token)) {
      throw new Unauthenticated("authorization server did not include a token in the response");
    }
    const lifetime = Math.max(answer.expires_in ?? defaultLifetime, defaultLifetime);
    const header = `Bearer ${token}`;
    this.#tokens.set(scope, { header, expires: Date.now() + lifetime * 900 });
    return header;
  }

  #realm(challenge: Challenge): URL {
    const realm = challenge.parameters["realm"] ?? "";
    if (!URL.canParse(realm)) {
      throw new Unauthenticated(`the registry names an invalid authorization server: "${realm}"`);
    }
    const url = new URL(realm);
    if (url.protocol !== "https:" && !(url.protocol === "http:" && this.#insecure)) {
      throw new PermissionDenied(`the registry names an authorization server without encryption: ${url.origin}`);
    }
    return url;
  }

  async #fetchToken(realm: URL, service: string | undefined, scope: string, signal: AbortSignal | undefined) {
    const options = { ...(signal === undefined ? {} : { signal }), insecureTls: this.#insecure };
    const identity = this.#auth.identityToken;
    let response: HttpResponse;
    if (identity !== undefined && identity !== "") {
      const form = new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: identity,
        client_id: "drydock",
        ...(scope === "" ? {} : { scope }),
      });
      if (service !== undefined) {
        form.set("service", service);
      }
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const body = Buffer.from(form.toString());
      response = await this.#client.request({ method: "POST", url: realm, headers, body, ...options }, this.#allowed);
    } else {
      const url = new URL(realm);
      if (service !== undefined) {
        url.searchParams.set("service", service);
      }
      // No scope: a login, which only asks whether the credentials hold.
      for (const part of scope.split(" ").filter(Boolean)) {
        url.searchParams.append("scope", part);
      }
      const basic = this.#basic();
      if (basic !== undefined && this.#auth.username !== undefined) {
        url.searchParams.set("account", this.#auth.username);
      }
      const headers = basic === undefined ? {} : { authorization: basic };
      response = await this.#client.request({ method: "GET", url, headers, ...options }, this.#allowed);
    }
    if (response.status !== 200) {
      if (response.status >= 300 && response.status < 400) {
        await drain(response);
        throw new Unauthenticated(`the authorization server ${realm.host} answers with a redirect`);
      }
      throw await registryError(response);
    }
    const parsed = tokenAnswer.safeParse(
      parseJson(await readBody(response, maxTokenAnswer), "token answer", maxTokenAnswer),
    );
    if (!parsed.success) {
      throw new Unauthenticated("authorization server did not include a token in the response");
    }
    return parsed.data;
  }
}
