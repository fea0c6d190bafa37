/** A story: what happened in a run, one line for each step that a reader needs. */
import { inspect, isDeepStrictEqual } from "node:util"
import type { Message } from "../../contracts/internal.ts"
import { LISTED } from "../limits.ts"

/** One line of a story. */
export interface Line {
  /** When it happened, in milliseconds since the run began. */
  readonly at: number
  readonly who: string
  readonly what: string
}

/** Collects the lines of a run. */
export class Story {
  readonly lines: Line[] = []
  /** The last change of a state: whose, from what, and to what. */
  lastChange: string | undefined
  readonly #start: number
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
    this.#start = now()
  }

  /** Adds a line. */
  add(who: string, what: string): void {
    this.lines.push({ at: this.#now() - this.#start, who, what })
  }
}

/** A value on one line, cut to a length that a reader takes in. */
export const shown = (value: unknown): string => {
  const text = inspect(value, { depth: 6, breakLength: Infinity, compact: true, sorted: true })
    .replaceAll("[Object: null prototype] ", "")
  return text.length <= LISTED.valueCharacters
    ? text
    : `${text.slice(0, LISTED.valueCharacters - 1)}…`
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) &&
  Object.keys(value).length > 0

/** Two states, each without the fields that are the same in both. */
export const changed = (before: unknown, after: unknown): readonly [unknown, unknown] => {
  if (!isRecord(before) || !isRecord(after)) return [before, after]
  const isOther = ([name]: readonly [string, unknown]) =>
    !isDeepStrictEqual(before[name], after[name])
  const part = (state: object) => Object.fromEntries(Object.entries(state).filter(isOther))
  const [was, is] = [part(before), part(after)]
  return Object.keys(was).length + Object.keys(is).length > 0 ? [was, is] : [before, after]
}

/** A length of time: `40 ms`, `60 s`, `65.7 min`, `7.0 days`. */
export const lengthOf = (milliseconds: number): string => {
  const [of, unit, digits] = milliseconds < 1_000
    ? [1, "ms", 0] as const
    : milliseconds < 120_000
    ? [1_000, "s", 1] as const
    : milliseconds < 172_800_000
    ? [60_000, "min", 1] as const
    : [86_400_000, "days", 1] as const
  return `${(milliseconds / of).toFixed(digits)} ${unit}`
}

/** A message on one line: its type, and its fields if it has any. */
export const said = ({ type, data }: { readonly type: string; readonly data: object }): string =>
  Object.keys(data).length === 0 ? type : `${type} ${shown(data)}`

/** The events of a command on one line; fields that are the command's own are left out. */
export const became = (command: Message, events: readonly Message[]): string =>
  events.map((event) => {
    const own = Object.entries(event.data).filter(([name, value]) =>
      !isDeepStrictEqual(value, (command.data as Record<string, unknown>)[name])
    )
    return said({ type: event.type, data: Object.fromEntries(own) })
  }).join(", ")

/** A number that is the same for two stories exactly if their lines are, on every platform. */
export const hashOf = (lines: readonly Line[]): string => {
  let hash = 0xcbf29ce484222325n
  for (const { at, who, what } of lines) {
    for (const character of `${at} ${who} ${what}\n`) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0)!)) * 0x100000001b3n)
    }
  }
  return hash.toString(16).padStart(16, "0")
}
