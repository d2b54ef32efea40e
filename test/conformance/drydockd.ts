export * from "../suites/drydockd.ts";
