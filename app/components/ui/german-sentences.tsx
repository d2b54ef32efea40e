"use client";
import type { ReactNode } from "react";
import { sayBy } from "../../lib/engine-text.ts";
import { germanSentences } from "../../messages/de/sentences/index.ts";

sayBy(germanSentences);

/** A page that speaks German, once it has the German of what the engine says. */
export default function GermanSentences({ children }: { children: ReactNode }): ReactNode {
  return children;
}
