import { isSpace } from "./white-space.ts";

/** Collects words: bare characters are split at white space, quoted ones are not. Empty words are dropped. */
export class WordList {
  readonly #words: string[] = [];
  #current = "";

  /** @param quoted keeps white space inside the word */
  add(text: string, quoted: boolean): void {
    if (quoted) {
      this.#current += text;
      return;
    }
    for (const char of text) {
      if (isSpace(char)) {
        this.#close();
      } else {
        this.#current += char;
      }
    }
  }

  finish(): string[] {
    this.#close();
    return this.#words;
  }

  #close(): void {
    if (this.#current !== "") {
      this.#words.push(this.#current);
    }
    this.#current = "";
  }
}
