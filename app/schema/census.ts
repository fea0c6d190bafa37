/** A census of logs: how many events there are of each version, and which upcasts read none. */
import { type AnyContract, positionOf } from "../../contracts/internal.ts"
import { SCHEMA } from "../limits.ts"

/** How many events of a version there are, and where the first and the last of them stand. */
export interface Counted {
  readonly count: number
  readonly first: string
  readonly last: string
}

/** An event that today's code no longer writes in this version. */
export interface OldVersion extends Counted {
  /** Such as `orders.order OrderPlaced v1`. */
  readonly version: string
}

/** The name of a version, such as `orders.order OrderPlaced v1`. */
export const versionName = (contract: string, type: string, version: number): string =>
  `${contract} ${type} v${version}`

interface Counter {
  readonly version: string
  readonly first: string
  readonly context: string
  count: number
  /** The sequence of the last one. */
  last: number
}

/** Counts events. */
export class Census {
  /** By contract, type and version. */
  readonly #counters = new Map<string, Map<string, Map<number, Counter>>>()
  readonly #all = new Map<string, Counter>()

  /** Counts an event; returns how many of its version there were before. */
  add(contract: string, type: string, schema: number, context: string, sequence: number): number {
    const counter = this.#counters.get(contract)?.get(type)?.get(schema) ??
      this.#begin(contract, type, schema, context, sequence)
    counter.last = sequence
    return counter.count++
  }

  /** A counter for a version; one for all others if there is no room for more. */
  #begin(
    contract: string,
    type: string,
    schema: number,
    context: string,
    sequence: number,
  ): Counter {
    const isFull = this.#all.size >= SCHEMA.versions
    const version = isFull ? "others" : versionName(contract, type, schema)
    const known = this.#all.get(version)
    if (known) return known
    const first = positionOf(context, sequence)
    const counter = { version, first, context, count: 0, last: sequence }
    this.#all.set(version, counter)
    if (isFull) return counter
    const types = this.#counters.get(contract) ?? new Map<string, Map<number, Counter>>()
    const versions = types.get(type) ?? new Map<number, Counter>()
    this.#counters.set(contract, types.set(type, versions.set(schema, counter)))
    return counter
  }

  /** How many events there are of each version. */
  get seen(): Record<string, number> {
    return Object.fromEntries([...this.#all].map(([name, { count }]) => [name, count]))
  }

  /** The old versions that are in the log, and the known ones that are not. */
  of(contracts: Iterable<AnyContract>): { old: OldVersion[]; unused: string[] } {
    const old: OldVersion[] = []
    const unused: string[] = []
    for (const { name, codec: { evolution, schemas } } of contracts) {
      const types = [...Object.keys(schemas("event")), ...evolution.former.keys()]
      for (const type of types) {
        const current = evolution.current(type) ?? Infinity
        for (let at = 1; at <= evolution.versions(type) && at < current; at++) {
          const version = versionName(name, type, at)
          const counted = this.#all.get(version)
          if (counted) {
            const { count, first, context, last } = counted
            old.push({ version, count, first, last: positionOf(context, last) })
          } else unused.push(version)
        }
      }
    }
    return { old, unused }
  }
}
