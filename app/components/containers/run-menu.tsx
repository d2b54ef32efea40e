"use client";
import type { ReactNode } from "react";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { IconButton } from "../ui/button.tsx";
import { Menu } from "../ui/menu.tsx";
import type { MenuItem } from "../ui/menu.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** Runs one of the images that are there. @param onAsk another one is wanted, or another command */
export function RunMenu({ onAsk }: { onAsk: () => void }): ReactNode {
  const { containers } = useWorkspace();
  const images = useStore(containers.images);
  const items: MenuItem[] = images
    .flatMap((each) => each.names.map((name) => ({ name, bytes: each.size })))
    .slice(0, 40)
    .map(({ name, bytes }) => ({
      label: name,
      detail: size(bytes),
      icon: "play",
      needs: "editor",
      onSelect: () => void containers.run({ image: name }),
    }));
  return (
    <span onPointerEnter={() => void containers.refreshImages()} onFocus={() => void containers.refreshImages()}>
      <Menu
        trigger={<IconButton icon="plus" label={messages.containers.runCommand} />}
        title={messages.containers.images}
        groups={[
          items,
          [{ label: messages.containers.runCommand, icon: "terminal", needs: "editor", onSelect: onAsk }],
        ]}
      />
    </span>
  );
}
