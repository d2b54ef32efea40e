"use client";
import dynamic from "next/dynamic";
import type { ComponentType, ReactNode } from "react";
import { persistently } from "../../lib/persistently.ts";
import { messages } from "../../lib/messages.ts";
import { Button } from "./button.tsx";

/**
 * A part of the page that is loaded when it is first shown. One that does not come says so, and leaves the rest alone: it
 * may be gone, with the build that this page is of, since the server has a newer one.
 */
export function part<Props>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  loading: () => ReactNode = () => null,
  missing: ComponentType<Props> = Missing,
): ComponentType<Props> {
  const loaded = async (): Promise<{ default: ComponentType<Props> }> => {
    try {
      return await persistently(load);
    } catch (error) {
      console.warn("A part of the page could not be loaded.", error);
      return { default: missing };
    }
  };
  return dynamic(loaded, { ssr: false, loading: () => loading() });
}

export function Missing(): ReactNode {
  return (
    <div role="alert" className="grid h-full place-items-center bg-panel p-5 text-center">
      <div className="max-w-72">
        <p className="mb-3 text-ink-soft">{messages.loading.part}</p>
        <Button icon="restart" onClick={() => location.reload()}>
          {messages.loading.reload}
        </Button>
      </div>
    </div>
  );
}
