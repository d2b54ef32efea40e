"use client";
import type { ReactNode } from "react";

let installed = false;

/**
 * Monaco, xterm and Radix make style elements of their own, which the page's policy lets through with its nonce
 * only: every style element made from now on gets it.
 */
export function StyleNonce({ nonce }: { nonce: string | undefined }): ReactNode {
  if (typeof document !== "undefined" && !installed && nonce !== undefined) {
    installed = true;
    const create = document.createElement.bind(document);
    document.createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
      const element = create(name, options);
      if (name.toLowerCase() === "style") element.nonce = nonce;
      return element;
    };
  }
  return null;
}
