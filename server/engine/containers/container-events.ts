import type { EventBus } from "../events/events.ts";
import type { Container } from "./container.ts";

/** Publishes a container's event with dockerd's attributes: its labels, `image`, `name`, and those of the action. */
export function publishContainerEvent(
  events: EventBus,
  container: Container,
  action: string,
  attributes: Record<string, string> = {},
): void {
  events.publish({
    type: "container",
    action,
    actor: {
      id: container.id,
      attributes: {
        ...container.config.labels,
        ...attributes,
        image: container.config.image,
        name: container.name,
      },
    },
  });
}
