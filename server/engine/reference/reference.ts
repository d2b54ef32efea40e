import type { Digest } from "../oci/digest.ts";

/** A parsed image name (distribution/reference grammar), normalised: `busybox` is docker.io/library/busybox:latest. */
export interface Reference {
  /** `docker.io`, `localhost:5000` */
  domain: string;
  /** `library/busybox` */
  path: string;
  tag: string | undefined;
  digest: Digest | undefined;
}
