import { useSyncExternalStore } from "react";

/** A value that components follow. Never changed in place: `set` gets a new one. */
export class Store<Value> {
  #value: Value;
  readonly #listeners = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  update(change: (value: Value) => Value): void {
    this.set(change(this.#value));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly read = (): Value => this.#value;
}

export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.read, store.read);
}

/** Resolves with the store's value as soon as it is one that is wanted. */
export function until<Value>(store: Store<Value>, wanted: (value: Value) => boolean): Promise<Value> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!wanted(store.value)) return;
      unsubscribe();
      resolve(store.value);
    };
    const unsubscribe = store.subscribe(look);
    look();
  });
}
