import { hash } from "node:crypto";
import { InvalidArgument } from "../errdefs/errors.ts";

declare const digestBrand: unique symbol;
declare const diffIdBrand: unique symbol;
declare const chainIdBrand: unique symbol;

/** `sha256:<64 lower-case hex>` of some bytes (image-spec descriptor.md, Digests). */
export type Digest = string & { readonly [digestBrand]: true };
/** Digest of one layer's uncompressed tar (image-spec config.md, Layer DiffID). */
export type DiffID = Digest & { readonly [diffIdBrand]: true };
/** Digest that names a stack of layers (image-spec config.md, Layer ChainID). */
export type ChainID = Digest & { readonly [chainIdBrand]: true };

const pattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(value: string): value is Digest {
  return pattern.test(value);
}

/** @throws InvalidArgument if `value` is not a sha256 digest. */
export function parseDigest(value: string): Digest {
  if (!isDigest(value)) {
    throw new InvalidArgument(`invalid digest "${value}": expected sha256: and 64 hexadecimal digits`);
  }
  return value;
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${hash("sha256", bytes)}` as Digest;
}

/** The hexadecimal part. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** A tar without an entry: such a layer is left out of an image, as dockerd does. */
export const emptyTar = digestOf(Buffer.alloc(1024)) as DiffID;

/** ChainID of a stack of layers, lowest first (image-spec config.md, Layer ChainID). */
export function chainIdOf(diffIds: readonly DiffID[]): ChainID | undefined {
  let chain: string | undefined;
  for (const diffId of diffIds) {
    chain = chain === undefined ? diffId : digestOf(`${chain} ${diffId}`);
  }
  return chain as ChainID | undefined;
}
