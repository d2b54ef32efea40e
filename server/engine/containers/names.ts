import { randomInt } from "node:crypto";
import { InvalidArgument } from "../errdefs/errors.ts";

const adjectives =
  "able agile amber ample balanced bold brave breezy bright brisk calm careful cheerful civil clear clever cosy crisp curious daring deft eager earnest easy fair fearless fine fleet fond frank fresh friendly gentle glad golden graceful grand happy hardy helpful honest humble jolly keen kind light lively loyal lucid mellow merry mild modest neat nimble noble patient placid plucky polite proud quick quiet ready silver sincere smart snug sober steady sunny swift tidy tranquil trusty upbeat vivid warm wise witty zesty";
/** People who built the machines, languages and networks that containers stand on, and some who sailed or drew maps. */
const surnames =
  "babbage backus baran berners boole borg brooks cerf chomsky church clarke codd cook curie dijkstra engelbart erlang euler faggin feynman floyd franklin gauss goldberg gosling hamilton hamming hoare hollerith hopper huffman iverson jacquard johnson kahn kay keller kernighan kilby kleene knuth lamarr lamport leibniz liskov lovelace magellan mauchly mccarthy mccluskey mercator metcalfe milner minsky moore naur neumann newton noether nygaard pascal perlis perlman postel ritchie rivest shamir shannon stallman stroustrup sutherland tanenbaum thompson torvalds turing vaughan wallis wiener wilkes wilkinson wirth wozniak zuse";

const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Far above any name that means something; dockerd has no limit. */
const longestName = 4_096;

/** Strips the leading slash that the API shows. @throws InvalidArgument in dockerd's words */
export function parseContainerName(name: string): string {
  const bare = name.startsWith("/") ? name.slice(1) : name;
  if (!pattern.test(bare) || bare.length > longestName) {
    throw new InvalidArgument(`Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  }
  return bare;
}

/** A name like `brave_hopper`, with a number when too many are taken. */
export function generateName(taken: (name: string) => boolean): string {
  const first = adjectives.split(" ");
  const second = surnames.split(" ");
  for (let attempt = 0; ; attempt++) {
    const pair = `${first[randomInt(first.length)]}_${second[randomInt(second.length)]}`;
    const name = attempt < 5 ? pair : `${pair}${randomInt(10 ** Math.min(attempt, 9))}`;
    if (!taken(name)) {
      return name;
    }
  }
}
