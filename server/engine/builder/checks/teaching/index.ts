import type { Dockerfile } from "../../dockerfile/ast.ts";
import type { CheckedImage } from "../checked-image.ts";
import { baseImages } from "./base-images.ts";
import { copies } from "./copies.ts";
import { dependencies } from "./dependencies.ts";
import type { Finding, TeachingCheck } from "./finding.ts";
import { layers } from "./layers.ts";
import { packageCaches } from "./package-caches.ts";
import { runs } from "./runs.ts";
import { secrets } from "./secrets.ts";
import { user } from "./user.ts";

const checks: readonly TeachingCheck[] = [baseImages, copies, dependencies, layers, packageCaches, runs, secrets, user];

/** The checks for learners, of the stages that the image was made of. */
export function teachingChecks(dockerfile: Dockerfile, image: CheckedImage): Finding[] {
  const stages = dockerfile.stages.filter((stage) => image.stages.has(stage.name));
  return checks.flatMap((check) => check(stages, image, dockerfile));
}
