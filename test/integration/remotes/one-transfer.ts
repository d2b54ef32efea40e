/**
 * `node one-transfer.ts push|pull|learner NAME`: one transfer of a machine of its own, whose environment says what it trusts and by
 * which proxy it goes. Prints the image's id, or the error.
 */
import { memoryMachine } from "../../fakes/transfer.ts";

const [verb = "", name = ""] = process.argv.slice(2);
const machine = memoryMachine();
const { images, transfer } = machine.tenant("t-one", verb !== "learner");
try {
  if (verb === "push") {
    const { id } = await machine.image(images, name, ["first", "second"]);
    await transfer.push(name);
    console.log(id);
  } else {
    console.log((await transfer.pull(name)).id);
  }
} catch (error) {
  console.log(String(error));
}
machine.client.close();
