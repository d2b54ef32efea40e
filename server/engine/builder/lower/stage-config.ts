import type { ImageRunConfig } from "../../oci/types.ts";
import { type Chain, extended, itemsOf } from "./chain.ts";
import { withEntries } from "./environment.ts";

/** What grows by an instruction: thousands of these must not cost a copy of all that was there at each. */
interface Grown {
  /** `NAME=value` */
  Env: string;
  Labels: readonly [string, string];
  ExposedPorts: string;
  Volumes: string;
  OnBuild: string;
}

type Ends = { readonly [key in keyof Grown]?: Chain<Grown[key]> | undefined };

/** The rest, of which there is one each. */
export type PlainConfig = Omit<ImageRunConfig, keyof Grown>;

/** A stage's configuration at one time. Never changes. */
export class StageConfig {
  readonly plain: Readonly<PlainConfig>;
  /** what the stage's base has of all that grows */
  readonly #base: Readonly<Pick<ImageRunConfig, keyof Grown>>;
  readonly #ends: Ends;

  private constructor(plain: PlainConfig, base: Pick<ImageRunConfig, keyof Grown>, ends: Ends) {
    this.plain = plain;
    this.#base = base;
    this.#ends = ends;
  }

  static of({ Env, Labels, ExposedPorts, Volumes, OnBuild, ...plain }: ImageRunConfig): StageConfig {
    const base = { Env, Labels, ExposedPorts, Volumes, OnBuild };
    return new StageConfig(
      plain,
      Object.fromEntries(Object.entries(base).filter(([, value]) => value !== undefined)),
      {},
    );
  }

  /** With other values of what there is one each; undefined: none. */
  with(changes: { [key in keyof PlainConfig]?: PlainConfig[key] | undefined }): StageConfig {
    const plain = Object.fromEntries(
      Object.entries({ ...this.plain, ...changes }).filter(([, value]) => value !== undefined),
    );
    return new StageConfig(plain, this.#base, this.#ends);
  }

  /** With more of what grows. */
  adding<Key extends keyof Grown>(key: Key, items: readonly Grown[Key][]): StageConfig {
    const end = extended(this.#ends[key], items);
    return new StageConfig(this.plain, this.#base, { ...this.#ends, [key]: end });
  }

  withoutTriggers(): StageConfig {
    const { OnBuild: _triggers, ...base } = this.#base;
    return new StageConfig(this.plain, base, { ...this.#ends, OnBuild: undefined });
  }

  /** Two configurations of one environment have one of these, too. */
  get environment(): { base: readonly string[] | undefined; end: Chain<string> | undefined } {
    return { base: this.#base.Env, end: this.#ends.Env };
  }

  /** Paths that VOLUME named, those of the stage's base too; only what came after `earlier`, a configuration of before. */
  volumes(earlier?: StageConfig): string[] {
    const isNew = earlier === undefined || earlier.#base.Volumes !== this.#base.Volumes;
    const based = isNew ? Object.keys(this.#base.Volumes ?? {}) : [];
    return [...based, ...itemsOf(this.#ends.Volumes, isNew ? undefined : earlier.#ends.Volumes)];
  }

  /** As an image has it: made anew at each call. */
  toImage(): ImageRunConfig {
    const { Env, Labels, ExposedPorts, Volumes, OnBuild } = this.#ends;
    const base = this.#base;
    const names = (end: Chain<string>) => Object.fromEntries(itemsOf(end).map((name) => [name, {}]));
    return {
      ...this.plain,
      ...base,
      ...(Env === undefined ? {} : { Env: withEntries(base.Env ?? [], itemsOf(Env)) }),
      ...(Labels === undefined ? {} : { Labels: { ...base.Labels, ...Object.fromEntries(itemsOf(Labels)) } }),
      ...(ExposedPorts === undefined ? {} : { ExposedPorts: { ...base.ExposedPorts, ...names(ExposedPorts) } }),
      ...(Volumes === undefined ? {} : { Volumes: { ...base.Volumes, ...names(Volumes) } }),
      ...(OnBuild === undefined ? {} : { OnBuild: [...(base.OnBuild ?? []), ...itemsOf(OnBuild)] }),
    };
  }
}
