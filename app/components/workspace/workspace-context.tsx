"use client";
import { createContext, useContext } from "react";
import type { WorkspaceModel } from "./workspace-model.ts";

export const WorkspaceContext = createContext<WorkspaceModel | undefined>(undefined);

/** The open workspace; only beneath `WorkspaceContext`. */
export function useWorkspace(): WorkspaceModel {
  const model = useContext(WorkspaceContext);
  if (model === undefined) throw new Error("useWorkspace is used outside an open workspace.");
  return model;
}
