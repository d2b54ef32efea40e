import { parameterIn } from "../../contract/address-names.ts";
import { InvalidArgument, Unknown } from "../../engine/errdefs/errors.ts";
import { goNumberError } from "../translate/go-errors.ts";
import { goJsonError } from "./go-json.ts";

const falseWords = new Set(["", "0", "no", "false", "none"]);

/** Query parameters as dockerd reads them. */
export class Query {
  readonly #search: string;
  readonly #params: URLSearchParams;

  /** @param search with its question mark; empty without parameters */
  constructor(search: string) {
    this.#search = search;
    this.#params = new URLSearchParams(search);
  }

  /** a copy, all of them */
  get parameters(): URLSearchParams {
    return new URLSearchParams(this.#params);
  }

  has(name: string): boolean {
    return this.#params.has(name);
  }

  /** Empty and missing are the same: undefined. */
  string(name: string): string | undefined {
    const value = this.#params.get(name);
    return value === null || value === "" ? undefined : value;
  }

  /** @throws InvalidArgument when it is missing */
  required(name: string): string {
    const value = this.string(name);
    if (value === undefined) {
      throw new InvalidArgument(`the query parameter "${name}" is required`);
    }
    return value;
  }

  /** The parameter `path`: a file's name, of any bytes (contract/address-names.ts). @throws InvalidArgument when it is missing */
  path(): string {
    return parameterIn(this.#search, "path") || this.required("path");
  }

  /** Each parameter's first value, empty ones left out: for a schema. */
  record(): Record<string, string> {
    return Object.fromEntries([...this.#params].toReversed().filter(([, value]) => value !== ""));
  }

  all(name: string): string[] {
    return this.#params.getAll(name);
  }

  /** dockerd's BoolValue: everything but "", 0, no, false and none is true. */
  bool(name: string, missing = false): boolean {
    const value = this.#params.get(name);
    return value === null ? missing : !falseWords.has(value.trim().toLowerCase());
  }

  /** @throws Unknown in Go's words when it is not a whole number */
  int(name: string): number | undefined {
    const value = this.string(name);
    if (value === undefined) {
      return undefined;
    }
    const number = Number(value);
    if (!/^[+-]?\d+$/.test(value)) throw new Unknown(goNumberError(value, "Atoi"));
    if (!Number.isSafeInteger(number)) throw new Unknown(goNumberError(value, "Atoi", "value out of range"));
    return number;
  }

  /**
   * @param reading begins the message of what is no JSON, which is the client's mistake; without one it is Unknown, as
   * dockerd answers 500 where it gives it no class
   * @throws InvalidArgument or Unknown in the words of Go's encoding/json
   */
  json(name: string, reading = ""): unknown {
    const text = this.string(name);
    if (text === undefined) {
      return undefined;
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      const message = `${reading}${goJsonError(text)}`;
      throw reading === "" ? new Unknown(message, { cause: error }) : new InvalidArgument(message, { cause: error });
    }
  }
}
