/** Behaviour: what actors and views make of golden values, so that another result is noticed. */
import { type AnyContract, digest, messageOf } from "../../contracts/internal.ts"
import { SCHEMA } from "../limits.ts"
import type { Finding } from "./finding.ts"
import type { ContractLock } from "./lock-file.ts"
import type { Machine } from "./machine.ts"
import { oneOf, randomOf } from "./random.ts"

/** A golden value of a lock: its contract, its event and version, and which one it is. */
type Golden = `${string}#${number}`

/** A history of golden values, and the digest of what became of them. */
interface History {
  readonly events: readonly Golden[]
  readonly result: string
}

/** What a machine made of golden values when it was released. */
export interface Recorded {
  /** The version that the author counts up when the results become others. */
  readonly stamp: string
  /** For each version of an event, the results of its golden values, in order. */
  readonly golden: { readonly [version: string]: string }
  /** Histories of golden values, such as `3#17 0#2`: each the number of a version, and which. */
  readonly histories: { readonly [events: string]: string }
}

/** What all machines made of golden values, by their names. */
export interface Behaviour {
  readonly leftfold: 1
  readonly machines: { readonly [name: string]: Recorded }
}

/** A machine with its stamp, and the contracts whose events it folds. */
export interface Stamped {
  readonly machine: Machine
  readonly stamp: string
  readonly contracts: readonly AnyContract[]
  /** Whether it is a view: two releases write the same rows while its stamp is the same. */
  readonly isView: boolean
  /** How its author counts up. */
  readonly advice: string
}

/** The result of a history that the code refuses. */
const FAILED = "fails"
/** The result of a golden value that the code could not read. */
const UNREAD = "unread"

/** The golden values of locks. */
class Goldens {
  readonly #found = new Map<string, { readonly actor: string; readonly read: () => Read }[]>()

  constructor(contracts: readonly AnyContract[], locks: ReadonlyMap<string, ContractLock>) {
    for (const { name, codec } of contracts) {
      for (const [type, { versions }] of Object.entries(locks.get(name)?.events ?? {})) {
        versions.forEach(({ shapes }, at) => {
          const golden = shapes.flatMap(({ golden }) => golden).map((data) => {
            const read = () => codec.event({ type, schema: at + 1, data })
            return { actor: name, read }
          })
          if (golden.length > 0) this.#found.set(`${name} ${type}@${at + 1}`, golden)
        })
      }
    }
  }

  /** The versions of events, such as `orders.order OrderPlaced@1`, and their golden values. */
  get versions(): ReadonlyMap<string, readonly unknown[]> {
    return this.#found
  }

  /** What a machine makes of a history; undefined if an event of it cannot be read. */
  result(
    { initial, handles, step, plain }: Machine,
    events: readonly Golden[],
  ): Result | undefined {
    let state = initial
    let isHandled = false
    for (const name of events) {
      const at = name.lastIndexOf("#")
      const golden = this.#found.get(name.slice(0, at))?.[Number(name.slice(at + 1))]
      if (!golden) return undefined
      let read: Read
      try {
        read = golden.read()
      } catch {
        // What cannot be read is found by reading it, with more values than these.
        return undefined
      }
      for (const event of "kind" in read ? [read] : read) {
        if (!handles(event.type)) continue
        isHandled = true
        try {
          state = step(state, event, golden.actor)
        } catch (error) {
          return { result: FAILED, isHandled, error }
        }
      }
    }
    const result = digest(JSON.stringify(plain(state) ?? null)).slice(0, 6)
    return { result, isHandled }
  }
}

type Read = ReturnType<AnyContract["codec"]["event"]>

interface Result {
  readonly result: string
  /** Whether the machine handles any of the events. */
  readonly isHandled: boolean
  readonly error?: unknown
}

/** Random histories of these golden values: `3#17 0#2`. */
const randomHistories = (golden: Recorded["golden"]): string[] => {
  const names = Object.values(golden).flatMap((results, version) =>
    results.split(" ").map((_, index) => `${version}#${index}`)
  )
  if (names.length === 0) return []
  const random = randomOf(SCHEMA.goldenSeed)
  return Array.from(
    { length: SCHEMA.histories },
    () => Array.from({ length: SCHEMA.historyEvents }, () => oneOf(random, names)).join(" "),
  )
}

/** The golden values of a history that numbers their versions. */
const namedIn = (golden: Recorded["golden"], events: string): Golden[] => {
  const versions = Object.keys(golden)
  return events.split(" ").map((each): Golden => {
    const [version, index] = each.split("#")
    return `${versions[Number(version)]}#${Number(index)}`
  })
}

/** Records what a machine makes of golden values. What is recorded under its stamp stays. */
export const record = (
  { machine, stamp, contracts }: Stamped,
  locks: ReadonlyMap<string, ContractLock>,
  known: Recorded | undefined,
): Recorded => {
  const goldens = new Goldens(contracts, locks)
  const kept = known?.stamp === stamp ? known : undefined
  // The numbers of versions stay.
  const golden: Record<string, string> = { ...kept?.golden }
  for (const [version, values] of goldens.versions) {
    const before = kept?.golden[version]?.split(" ") ?? []
    const all = values.map((_, index) => goldens.result(machine, [`${version}#${index}`]))
    if (!all.some((each) => each?.isHandled)) continue
    golden[version] = all.map((each, at) => before[at] ?? each?.result ?? UNREAD).join(" ")
  }
  if (kept) return { stamp, golden, histories: kept.histories }
  const histories = randomHistories(golden).flatMap((events) => {
    const found = goldens.result(machine, namedIn(golden, events))
    return found ? [[events, found.result]] : []
  })
  return { stamp, golden, histories: Object.fromEntries(histories) }
}

/** Everything that was recorded, as histories. */
function* recordedIn({ golden, histories }: Recorded): Generator<History> {
  for (const [version, results] of Object.entries(golden)) {
    const all = results.split(" ")
    for (const [at, result] of all.entries()) yield { events: [`${version}#${at}`], result }
  }
  for (const [events, result] of Object.entries(histories)) {
    yield { events: namedIn(golden, events), result }
  }
}

/** What is said of the first history that has another result. */
const told = (events: readonly Golden[], result: string, error: unknown): string => {
  const what = events.length === 1
    ? `the golden value ${events[0]}`
    : `a history of ${events.length} golden values, from ${events[0]} on`
  return result === FAILED
    ? `it fails for ${what}, which it took when it was released: ${messageOf(error)}`
    : `it gives another result for ${what} than when it was released, under the same version`
}

/** Compares a machine with what was recorded: at most one finding. */
export const compare = (
  { machine, stamp, contracts, advice }: Stamped,
  locks: ReadonlyMap<string, ContractLock>,
  known: Recorded | undefined,
): Finding[] => {
  if (!known) return []
  const goldens = new Goldens(contracts, locks)
  let [tried, failed] = [0, 0]
  let first: { events: readonly Golden[]; result: string; error?: unknown } | undefined
  for (const { events, result } of recordedIn(known)) {
    const found = result === UNREAD ? undefined : goldens.result(machine, events)
    if (!found) continue
    tried++
    const isFailure = found.result === FAILED && result !== FAILED
    const isOther = stamp === known.stamp && found.result !== result
    // What failed when it was released may have been mended.
    if (result === FAILED || !isFailure && !isOther) continue
    failed++
    if (!first || events.length < first.events.length) first = { events, ...found }
  }
  if (!first) return []
  const message = told(first.events, first.result, first.error)
  return [{
    ...{ severity: "breaks", direction: "back", subject: machine.name, message, tried, failed },
    advice: first.result === FAILED ? "let it take what is in the log" : advice,
  }]
}

/** Views that workers of the last release share and would leave a new event out of. */
export const overlooked = (
  { machine, stamp, contracts, isView, advice }: Stamped,
  locks: ReadonlyMap<string, ContractLock>,
  known: Recorded | undefined,
): Finding[] => {
  if (!isView || known?.stamp !== stamp) return []
  const unknown = contracts.flatMap(({ name, codec }) => {
    const events = locks.get(name)?.events
    if (!events) return []
    return Object.keys(codec.schemas("event"))
      .filter((type) => machine.handles(type) && !Object.hasOwn(events, type))
      .map((type) => `${name} ${type}`)
  })
  if (unknown.length === 0) return []
  return [{
    ...{ severity: "breaks", direction: "forward", subject: machine.name },
    message: `it handles ${unknown.join(", ")}, which the last release does not know: while the ` +
      "releases roll, workers of the last one write the same rows without it, for good",
    advice,
  }]
}
