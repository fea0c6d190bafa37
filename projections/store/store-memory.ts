/** The store's memory twin. */
import { memoryUnreadables } from "./unreadable-memory.ts"
import { frozenLightly, NotFound, Unavailable } from "../../contracts/internal.ts"
import { reportWarning } from "../../wire/internal.ts"
import type { Changes } from "./changes.ts"
import {
  droppable,
  type Generation,
  type GenerationState,
  type GenerationStatus,
  isFolded,
  positionsOf,
  resumable,
} from "./generation.ts"
import { type Lane, newLanes, reaches, repartition } from "./lane.ts"
import { Buffer } from "node:buffer"
import { ALIVE_MS, QUERY_BYTES, QUERY_ROWS } from "../limits.ts"
import { Page } from "../page.ts"
import { queryTooLarge, rowTooLarge } from "./query-limits.ts"
import type { Member } from "./membership.ts"
import {
  type Discarded,
  discardedTexts,
  isSamePlace,
  type ParkedEvent,
  parkedWithout,
  type Place,
} from "./parked.ts"
import type { AnyProjection, PlainRow } from "../projection.ts"
import type { MemoryTools } from "../query-tools.ts"
import { isRaw } from "../raw-projection.ts"
import { refusedOf } from "./refused-memory.ts"
import { RefusedRows } from "./refused-row.ts"
import {
  type Bookkeeping,
  type Generations,
  type HeldLanes,
  NotMade,
  type Rows,
  type Store,
} from "./store.ts"
import type { ViewIndex } from "../view-index.ts"

/** A generation and everything that is stored of it. */
interface Kept {
  generation: Generation
  lanes: Lane[]
  indexes: readonly ViewIndex[]
  readonly rows: Map<string, PlainRow>
  parked: ParkedEvent[]
}

interface KeptDiscard extends Discarded {
  readonly projection: string
  readonly generation: number
  readonly lastGeneration: number
}

class Memory {
  readonly kept: Kept[] = []
  readonly counts = new Map<string, number>()
  readonly discarded: KeptDiscard[] = []
  readonly members = new Map<string, { readonly member: Member; readonly seen: number }>()

  alive(): Member[] {
    const alive = [...this.members.values()].filter(({ seen }) => seen > Date.now() - ALIVE_MS)
    return alive.map(({ member }) => member)
  }

  of(projection: string): Kept[] {
    return this.kept.filter(({ generation }) => generation.projection === projection)
  }

  find({ projection, number }: Pick<Generation, "projection" | "number">): Kept {
    const found = this.of(projection).find(({ generation }) => generation.number === number)
    if (found) return found
    throw new Error(`there is no generation ${number} of ${projection}`)
  }

  make(projection: AnyProjection, state: GenerationState) {
    const { name, version, columns, keyColumn, lanes, indexes } = projection
    if (isRaw(projection)) {
      reportWarning(`${name} is raw: its SQL needs Postgres and is not run in memory`)
    }
    const number = (this.counts.get(name) ?? 0) + 1
    this.counts.set(name, number)
    const table = `${name} ${number}`
    const made = new Date()
    const generation: Generation = {
      ...{ projection: name, number, version, state, made },
      ...{ table, columns, keyColumn, tables: [] },
    }
    this.kept.push({ generation, lanes: newLanes(lanes), indexes, rows: new Map(), parked: [] })
    return generation
  }
}

const setState = (kept: Kept, state: GenerationState): void => {
  kept.generation = { ...kept.generation, state }
}

const statusOf = ({ generation, lanes, parked }: Kept): GenerationStatus => ({
  ...generation,
  lanes: [...lanes],
  parkedKeys: new Set(parked.map(({ key }) => key)).size,
  parkedEvents: parked.length,
})

const memoryGenerations = (memory: Memory): Generations => {
  const inState = (projection: string, state: GenerationState): Kept | undefined =>
    memory.of(projection).findLast(({ generation }) => generation.state === state)

  return {
    statuses: (projections) =>
      Promise.resolve(projections.flatMap((name) => memory.of(name).map(statusOf))),
    serving: (projection) => {
      const found = inState(projection, "serving")
      return found ? Promise.resolve(statusOf(found)) : Promise.reject(new NotMade(projection))
    },
    claim: (projection) => {
      const { name, version, lanes, indexes } = projection
      const all = memory.of(name).map(({ generation }) => generation)
      const own = resumable(all, version)
      if (!own) {
        if (all.some((each) => each.version === version)) return Promise.resolve()
        memory.make(projection, inState(name, "serving") ? "building" : "serving")
        return Promise.resolve()
      }
      const kept = memory.find(own)
      if (!isFolded(own)) setState(kept, "building")
      if (kept.lanes.length !== lanes) kept.lanes = repartition(kept.lanes, lanes)
      kept.indexes = indexes
      return Promise.resolve()
    },
    rebuild: (projection) => {
      const building = inState(projection.name, "building")?.generation
      const isOwn = building?.version === projection.version
      return Promise.resolve(isOwn ? building : memory.make(projection, "building"))
    },
    serve: (generation, reached) => {
      const kept = memory.find(generation)
      if (kept.generation.state !== "building" || !reaches(positionsOf(kept), reached)) {
        return Promise.resolve(false)
      }
      const before = inState(generation.projection, "serving")
      if (before) setState(before, "previous")
      setState(kept, "serving")
      return Promise.resolve(true)
    },
    rollback: (projection) => {
      const previous = inState(projection, "previous")
      if (!previous) {
        const message = `${projection} has no previous generation`
        return Promise.reject(new NotFound({ message }))
      }
      const serving = inState(projection, "serving")
      if (serving) setState(serving, "refused")
      setState(previous, "serving")
      return Promise.resolve(previous.generation)
    },
    drop: (projection) => {
      const all = memory.of(projection).map(({ generation }) => generation)
      const dropped = droppable(all, memory.alive())
      for (const each of dropped) memory.kept.splice(memory.kept.indexOf(memory.find(each)), 1)
      return Promise.resolve(dropped)
    },
  }
}

const park = (kept: Kept, events: readonly ParkedEvent[]): void => {
  for (const event of events) {
    const isKnown = kept.parked.some((each) => each.key === event.key && isSamePlace(each, event))
    if (!isKnown) kept.parked.push(event)
  }
}

const write = (kept: Kept, { upserts, deletes, parked }: Changes): void => {
  const { keyColumn } = kept.generation
  for (const row of upserts) kept.rows.set(String(row[keyColumn]), row)
  for (const key of deletes) kept.rows.delete(key)
  park(kept, parked)
}

const loadFrom = (kept: Kept, keys: readonly string[]) => {
  const rows = new Map<string, PlainRow>()
  const parked = new Map<string, Place>()
  for (const key of keys) {
    const row = kept.rows.get(key)
    if (row) rows.set(key, row)
    const first = kept.parked.find((event) => event.key === key)
    if (first) {
      const { context, sequence, index } = first
      parked.set(key, { context, sequence, index })
    }
  }
  return { rows, parked }
}

/** The size of a value as JSON, in bytes. */
const jsonBytes = (value: unknown): number => {
  const shown = (_: string, each: unknown) => typeof each === "bigint" ? String(each) : each
  return Buffer.byteLength(JSON.stringify(value, shown) ?? "")
}

const memoryRows = (memory: Memory): Rows => ({
  load: (generation, keys) => Promise.resolve(loadFrom(memory.find(generation), keys)),
  save: (generation, changes, before, after) => {
    const kept = memory.find(generation)
    const now = kept.lanes[before.lane]
    if (now?.revision !== before.revision) return Promise.resolve(undefined)
    const refused = refusedOf(kept.generation, kept.indexes, kept.rows, changes)
    if (refused.size > 0) return Promise.reject(new RefusedRows([...refused.values()][0]))
    write(kept, changes)
    const revision = now.revision + 1
    kept.lanes[before.lane] = { ...now, ...after, revision }
    return Promise.resolve(revision)
  },
  refused: (generation, changes) => {
    const { generation: { keyColumn }, indexes, rows } = memory.find(generation)
    return Promise.resolve(refusedOf({ keyColumn }, indexes, rows, changes))
  },
  saveRaw: (generation, _batch, before, after) => {
    const kept = memory.find(generation)
    const now = kept.lanes[before.lane]
    if (now?.revision !== before.revision) return Promise.resolve(undefined)
    // In memory nobody can read what the SQL would have written.
    const revision = now.revision + 1
    kept.lanes[before.lane] = { ...now, ...after, revision }
    return Promise.resolve(revision)
  },
  hold: async (generation, lanes, work) => {
    const kept = memory.find(generation)
    const wanted = () => kept.lanes.filter(({ lane }) => !lanes || lanes.includes(lane))
    const held: HeldLanes = {
      lanes: wanted(),
      load: (keys) => Promise.resolve(loadFrom(kept, keys)),
      parked: (key, most) =>
        Promise.resolve(kept.parked.filter((event) => event.key === key).slice(0, most)),
    }
    const { unparked, discarded, ...changes } = await work(held)
    // Others may have saved meanwhile: then this counts as if it had come later.
    if (wanted().some(({ revision }, index) => revision !== held.lanes[index]?.revision)) {
      return memoryRows(memory).hold(generation, lanes, work)
    }
    const refused = refusedOf(kept.generation, kept.indexes, kept.rows, changes)
    if (refused.size > 0) throw new RefusedRows([...refused.values()][0])
    kept.parked = parkedWithout(kept.parked, unparked, changes.parked)
    write(kept, changes)
    const { projection, number } = generation
    const lastGeneration = memory.counts.get(projection) ?? number
    for (const each of discarded) {
      memory.discarded.push({ ...each, projection, generation: number, lastGeneration })
    }
    kept.lanes = kept.lanes.map((lane) =>
      wanted().includes(lane) ? { ...lane, revision: lane.revision + 1 } : lane
    )
    return wanted()
  },
  count: (generation) => Promise.resolve(memory.find(generation).rows.size),
  row: async (generation, key, most = QUERY_BYTES) => {
    const row = memory.find(generation).rows.get(key)
    const bytes = row === undefined ? 0 : jsonBytes(row)
    if (bytes > most) throw rowTooLarge(generation.projection, key, bytes, most)
    return row
  },
  answer: async (
    { query, memory: handler },
    params,
    generations,
    { page = {}, bounds, user } = {},
  ) => {
    if (!handler) {
      throw new Unavailable({ message: `${query.name} has no memory handler; it needs Postgres` })
    }
    const { rows: mostRows = QUERY_ROWS, bytes = QUERY_BYTES } = bounds ?? {}
    const rows: MemoryTools["rows"] = ({ name, codec }) => {
      const generation = generations.find(({ projection }) => projection === name)
      if (!generation) {
        throw new TypeError(`${query.name} reads ${name}, which is not in its "from"`)
      }
      const all = [...memory.find(generation).rows.values()]
      return all.map((row) => frozenLightly(codec.decode(row))) as never
    }
    const result = handler(params, { rows }, user, page, bytes)
    if (result instanceof Page) return result
    const isMany = Array.isArray(result) && result.length > mostRows
    if (isMany || jsonBytes(result) > bytes) throw queryTooLarge(query.name, mostRows, bytes)
    return result
  },
})

const memoryBookkeeping = (memory: Memory): Bookkeeping => ({
  parked: (generation, key, most, mostBytes = Infinity) => {
    const { parked } = memory.find(generation)
    const found = parked.filter((event) => key === undefined || event.key === key).slice(0, most)
    let bytes = 0
    const end = found.findIndex((event, place) => {
      bytes += Buffer.byteLength(event.key) + Buffer.byteLength(event.error ?? "")
      return place > 0 && bytes > mostBytes
    })
    return Promise.resolve(end < 0 ? found : found.slice(0, end))
  },
  skipped: ({ projection, number }) => {
    const skipped = memory.discarded.filter((each) =>
      each.projection === projection &&
      (each.generation === number || each.lastGeneration < number)
    )
    return Promise.resolve(new Set(skipped.flatMap(discardedTexts)))
  },
  discarded: (name) =>
    Promise.resolve(
      memory.discarded.filter(({ projection }) => projection === name)
        .map(({ projection: _, generation: __, lastGeneration: ___, ...discarded }) => discarded),
    ),
  beat: (member) => {
    memory.members.set(member.id, { member, seen: Date.now() })
    return Promise.resolve(memory.alive())
  },
  leave: (id) => {
    memory.members.delete(id)
    return Promise.resolve()
  },
})

/** Makes a store that lives as long as the object does. */
export const memoryStore = (): Store => {
  const memory = new Memory()
  return {
    ...memoryGenerations(memory),
    ...memoryRows(memory),
    ...memoryBookkeeping(memory),
    ...memoryUnreadables(),
  }
}
