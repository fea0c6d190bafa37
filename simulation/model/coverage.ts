/** Coverage: which commands met which states, and which events and rejections came of them. */
import type { AnyActor } from "../../actors/internal.ts"

/** The fields whose text tells states apart that decide differently. */
const TELLING = /^(?:state|status|stage|phase|kind|type|_tag|standing|mode)$/

/** The longest text that is a state of its own. */
const TEXT_CHARACTERS = 24

const formOf = (value: unknown): string => {
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) {
    return ("length" in value ? value.length : value.size) === 0 ? "empty" : "some"
  }
  if (typeof value === "number" || typeof value === "bigint") {
    return Number(value) === 0 ? "0" : value > 0 ? "above 0" : value < 0 ? "below 0" : "no number"
  }
  if (value instanceof Date) return "a date"
  if (typeof value !== "object" || value === null) return String(value)
  return Object.keys(value).length === 0 ? "empty" : "some"
}

/**
 * The shape of a state: the text of its telling field if it has one, and else what kind of value
 * each of its fields has.
 */
const shapeOf = (state: unknown): string => {
  if (typeof state === "string" && state.length <= TEXT_CHARACTERS) return state
  if (typeof state !== "object" || state === null || Array.isArray(state)) return formOf(state)
  const fields = Object.entries(state)
  const telling = fields.find(([name, value]) => TELLING.test(name) && typeof value === "string")
  if (telling) return String(telling[1]).slice(0, TEXT_CHARACTERS)
  const told = fields.filter(([, value]) => typeof value !== "string")
  return told.map(([name, value]) => `${name} ${formOf(value)}`).join(", ") || "any"
}

/** What was reached, as texts that can be sent to another process. */
export interface Reached {
  /** `<actor> <shape> <command>`, separated by tabs. */
  readonly decisions: readonly string[]
  /** `<actor> <rejection>`. */
  readonly rejections: readonly string[]
  /** `<actor> <event>`. */
  readonly events: readonly string[]
  /** `<actor> <event> <event that came next>`. */
  readonly orders: readonly string[]
}

/** What was reached, and what was not. */
export interface CoverageReport extends Reached {
  readonly neverDecided: readonly string[]
  readonly neverRejected: readonly string[]
  readonly neverHappened: readonly string[]
  /** Events of one actor that never came directly one after the other. */
  readonly neverInOrder: readonly string[]
}

const KINDS = ["decisions", "rejections", "events", "orders"] as const

const namesOf = (actor: AnyActor, kind: "command" | "event" | "rejection"): string[] =>
  Object.keys(actor.contract.codec.jsonSchemas(kind))

/** Counts what the runs of a simulation reach. */
export class Coverage {
  readonly #reached: Readonly<Record<keyof Reached, Set<string>>> = {
    decisions: new Set(),
    rejections: new Set(),
    events: new Set(),
    orders: new Set(),
  }
  readonly #shapes = new WeakMap<object, string>()

  /** A command is decided in a state. */
  decided(actor: string, state: unknown, command: string): void {
    this.#reached.decisions.add(`${actor}\t${this.#shapeOf(state)}\t${command}`)
  }

  /** A command is rejected. */
  rejected(actor: string, rejection: string): void {
    this.#reached.rejections.add(`${actor}\t${rejection}`)
  }

  /** An event happens after another of the same actor, or as its first. */
  happened(actor: string, event: string, before: string | undefined): void {
    this.#reached.events.add(`${actor}\t${event}`)
    if (before !== undefined) this.#reached.orders.add(`${actor}\t${before}\t${event}`)
  }

  /** Adds what other runs reached. */
  add(reached: Reached): void {
    for (const kind of KINDS) for (const each of reached[kind]) this.#reached[kind].add(each)
  }

  /** What was reached. */
  get reached(): Reached {
    const { decisions, rejections, events, orders } = this.#reached
    return {
      decisions: [...decisions].sort(),
      rejections: [...rejections].sort(),
      events: [...events].sort(),
      orders: [...orders].sort(),
    }
  }

  /** What was reached, and what was not, of these actors. */
  reportOf(actors: readonly AnyActor[]): CoverageReport {
    const reached = this.reached
    const missing = (kind: keyof Reached, all: Iterable<string>): string[] =>
      [...all].filter((each) => !this.#reached[kind].has(each)).sort()
    return {
      ...reached,
      neverDecided: missing("decisions", this.#possible(actors)),
      neverRejected: missing("rejections", pairs(actors, "rejection")),
      neverHappened: missing("events", pairs(actors, "event")),
      neverInOrder: missing("orders", this.#orders(actors)),
    }
  }

  /** Each command in each shape that a state of its actor ever had. */
  *#possible(actors: readonly AnyActor[]): Iterable<string> {
    for (const actor of actors) {
      const { name } = actor.contract
      const shapes = new Set([shapeOf(actor.initial)])
      for (const each of this.#reached.decisions) {
        const [of, shape = ""] = each.split("\t")
        if (of === name) shapes.add(shape)
      }
      for (const shape of shapes) {
        for (const command of namesOf(actor, "command")) yield `${name}\t${shape}\t${command}`
      }
    }
  }

  *#orders(actors: readonly AnyActor[]): Iterable<string> {
    for (const actor of actors) {
      const events = namesOf(actor, "event")
      for (const one of events) {
        for (const next of events) yield `${actor.contract.name}\t${one}\t${next}`
      }
    }
  }

  #shapeOf(state: unknown): string {
    if (typeof state !== "object" || state === null) return shapeOf(state)
    const known = this.#shapes.get(state)
    if (known !== undefined) return known
    const shape = shapeOf(state)
    this.#shapes.set(state, shape)
    return shape
  }
}

function* pairs(actors: readonly AnyActor[], kind: "event" | "rejection"): Iterable<string> {
  for (const actor of actors) {
    for (const name of namesOf(actor, kind)) yield `${actor.contract.name}\t${name}`
  }
}
