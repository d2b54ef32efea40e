import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { checkAnswer, type Answered } from "./validator.ts";

/** Where `npm run coverage:api` collects who asked for what. */
const collection = process.env["DRYDOCK_API_COVERAGE"];

/**
 * Holds an answer to the document, and notes that this test asked for it.
 * @param test e.g. `test/api/containers.test.ts`
 * @returns what is wrong with the answer; undefined: nothing
 */
export function recordAnswer(test: string, answered: Answered): string | undefined {
  const { operation, parameters, violation } = checkAnswer(answered);
  if (collection !== undefined && operation !== undefined) {
    const line = JSON.stringify({ test, operation: operation.name, parameters });
    appendFileSync(join(collection, `${process.pid}.jsonl`), `${line}\n`);
  }
  return violation;
}
