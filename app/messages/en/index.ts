import { build } from "./build.ts";
import { buildView } from "./build-view.ts";
import { commands } from "./commands.ts";
import { containers } from "./containers.ts";
import { editor } from "./editor.ts";
import { embedding } from "./embedding.ts";
import { files } from "./files.ts";
import { general } from "./general.ts";
import { guide } from "./guide.ts";
import { idle, limits } from "./limits.ts";
import { running } from "./running.ts";
import { share, snippet } from "./share.ts";
import { terminals } from "./terminals.ts";
import type { Texts } from "../texts.ts";
import { together } from "./together.ts";

export const english = {
  ...general,
  build,
  buildView,
  commands,
  containers,
  editor,
  embedding,
  files,
  guide,
  idle,
  limits,
  running,
  share,
  snippet,
  terminals,
  together,
};

/** The engine says everything in English. */
export const texts: Texts = { catalogue: english, sentences: {} };
