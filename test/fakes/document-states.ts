import type {
  DocumentState,
  DocumentStateRepository,
} from "../../server/playground/documents/document-state-repository.ts";

/** Histories of documents, remembered in memory. */
export function memoryDocumentStates(): DocumentStateRepository {
  const states = new Map<string, DocumentState>();
  return {
    find: async (workspace, path) => states.get(`${workspace} ${path}`),
    save: async (workspace, path, state) => void states.set(`${workspace} ${path}`, state),
    remove: async (workspace, path) => void states.delete(`${workspace} ${path}`),
    removeAll: async (workspace) => {
      for (const key of states.keys()) if (key.startsWith(`${workspace} `)) states.delete(key);
    },
  };
}
