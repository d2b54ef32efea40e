import { layerStoreSuite } from "../../suites/layer-store.ts";

layerStoreSuite("overlay");
layerStoreSuite("copy");
