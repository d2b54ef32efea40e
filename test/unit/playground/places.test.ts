import { placesSuite } from "../../suites/places.ts";
import { MemoryPlaces } from "../../../server/playground/workspaces/memory-places.ts";

placesSuite("in memory", async () => ({ places: (options) => new MemoryPlaces(options) }));
