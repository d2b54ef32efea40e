import type { ChangedList, Person, Place, RoomView, TerminalWriter } from "../../contract/together-events.ts";
import { personColours } from "../../contract/together-events.ts";
import { allows } from "../../contract/together.ts";
import type { Role } from "../../contract/together.ts";

/** What a page is told. */
export interface RoomListener {
  room: (view: RoomView) => void;
  moved: (message: { id: string; place: Place }) => void;
  changed: (message: { list: ChangedList }) => void;
}

interface Here {
  person: Person;
  listener: RoomListener;
}

interface Keyboard {
  /** a member; undefined: whoever types first */
  writer: string | undefined;
  asking: Set<string>;
  size: { columns: number; rows: number } | undefined;
}

/** Terminals whose keyboard is known: ids come from pages. */
const mostKeyboards = 256;

/** The people in one workspace now, and who of them has the keyboard of each terminal. */
export class Room {
  readonly #here = new Map<string, Here>();
  readonly #keyboards = new Map<string, Keyboard>();

  join(
    { id, member, role, name }: { id: string; member: string; role: Role; name: string },
    listener: RoomListener,
  ): void {
    this.#here.set(id, { person: { id, member, role, name, colour: this.#colourOf(member), place: {} }, listener });
    this.#tell();
  }

  leave(id: string): void {
    const here = this.#here.get(id);
    if (here === undefined) return;
    this.#here.delete(id);
    const { member } = here.person;
    if (!this.#isHere(member)) {
      for (const keyboard of this.#keyboards.values()) {
        keyboard.asking.delete(member);
        if (keyboard.writer === member) keyboard.writer = undefined;
      }
    }
    this.#tell();
  }

  get isEmpty(): boolean {
    return this.#here.size === 0;
  }

  /** How a member who is here is called; empty: nobody knows. */
  nameOf(member: string): string {
    return [...this.#here.values()].find(({ person }) => person.member === member)?.person.name ?? "";
  }

  rename(member: string, name: string): void {
    for (const { person } of this.#here.values()) if (person.member === member) person.name = name;
    this.#tell();
  }

  move(id: string, place: Place): void {
    const here = this.#here.get(id);
    if (here === undefined) return;
    here.person.place = place;
    for (const [other, { listener }] of this.#here) if (other !== id) listener.moved({ id, place });
  }

  /** A list was changed by somebody: the others look at it anew. */
  changed(list: ChangedList): void {
    for (const { listener } of this.#here.values()) listener.changed({ list });
  }

  /** A member who is here has opened it: nobody else's size or first key is to come between. */
  opened(terminal: string, member: string): void {
    if (this.#isHere(member)) this.#keyboard(terminal).writer ??= member;
    this.changed("terminals");
    this.#tell();
  }

  /** Whether a member's keys go to a terminal: to its writer's, who has opened it, or is whoever types into a free one first. */
  mayWrite(terminal: string, member: string): boolean {
    const keyboard = this.#keyboard(terminal);
    if (keyboard.writer === undefined) {
      keyboard.writer = member;
      this.#tell();
    }
    return keyboard.writer === member;
  }

  /** Whether the terminal takes a member's size: its writer's, or anybody's of a free one. */
  mayResize(terminal: string, member: string, size: { columns: number; rows: number }): boolean {
    const keyboard = this.#keyboard(terminal);
    if (keyboard.writer !== undefined && keyboard.writer !== member) return false;
    const isNew = keyboard.size?.columns !== size.columns || keyboard.size.rows !== size.rows;
    keyboard.size = size;
    if (isNew && keyboard.writer !== undefined) this.#tell();
    return true;
  }

  /** Its writer is asked for the keyboard. A free one is had at once; so is any by the workspace's owner. */
  ask(terminal: string, member: string): void {
    const keyboard = this.#keyboard(terminal);
    if (keyboard.writer === member) return;
    if (keyboard.writer === undefined || this.#roleOf(member) === "owner") this.#hand(keyboard, member);
    else keyboard.asking.add(member);
    this.#tell();
  }

  /** The writer hands it over, or (`to` null) keeps it. No effect by others, or to who is not here to take it. */
  give(terminal: string, from: string, to: string | null): void {
    const keyboard = this.#keyboard(terminal);
    if (keyboard.writer !== from) return;
    const role = to === null ? undefined : this.#roleOf(to);
    if (to === null) keyboard.asking.clear();
    else if (role !== undefined && allows(role, "editor")) this.#hand(keyboard, to);
    this.#tell();
  }

  #hand(keyboard: Keyboard, to: string): void {
    keyboard.writer = to;
    keyboard.asking.clear();
  }

  #keyboard(terminal: string): Keyboard {
    const known = this.#keyboards.get(terminal);
    if (known !== undefined) return known;
    const [oldest] = this.#keyboards.keys();
    if (this.#keyboards.size >= mostKeyboards && oldest !== undefined) this.#keyboards.delete(oldest);
    const made: Keyboard = { writer: undefined, asking: new Set(), size: undefined };
    this.#keyboards.set(terminal, made);
    return made;
  }

  #isHere(member: string): boolean {
    return [...this.#here.values()].some(({ person }) => person.member === member);
  }

  #roleOf(member: string): Role | undefined {
    return [...this.#here.values()].find(({ person }) => person.member === member)?.person.role;
  }

  #colourOf(member: string): number {
    const people = [...this.#here.values()].map(({ person }) => person);
    const own = people.find((person) => person.member === member);
    if (own !== undefined) return own.colour;
    const counts = Array.from({ length: personColours }, (_, colour) => ({
      colour,
      members: new Set(people.filter((person) => person.colour === colour).map((person) => person.member)).size,
    }));
    return counts.toSorted((a, b) => a.members - b.members || a.colour - b.colour)[0]?.colour ?? 0;
  }

  #tell(): void {
    const people = [...this.#here.values()].map(({ person }) => person);
    const writers: TerminalWriter[] = [...this.#keyboards].flatMap(([terminal, { writer, asking, size }]) =>
      writer === undefined ? [] : [{ terminal, writer, asking: [...asking], ...size }],
    );
    for (const [you, { listener }] of this.#here) listener.room({ you, people, writers });
  }
}

/** The rooms of all workspaces. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();

  /** The one of a workspace; it is there while somebody is in it. */
  of(workspace: string): Room {
    const known = this.#rooms.get(workspace);
    if (known !== undefined) return known;
    for (const [id, room] of this.#rooms) if (room.isEmpty) this.#rooms.delete(id);
    const made = new Room();
    this.#rooms.set(workspace, made);
    return made;
  }
}
