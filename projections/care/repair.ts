/** Repair: writes the log's rows over rows that have drifted, while their lanes are held. */
import { Unavailable } from "../../contracts/internal.ts"
import type { Wire } from "../../wire/internal.ts"
import { announceWritten } from "../worker/announcement.ts"
import type { Drift } from "../store/drift.ts"
import { nameOf } from "../store/generation.ts"
import { REPAIR_ROWS } from "../limits.ts"
import type { PlainRow } from "../projection.ts"
import type { Refold } from "./refold.ts"
import { RefusedRows } from "../store/refused-row.ts"
import type { Shadow } from "../postgres/shadow-postgres.ts"
import type { HeldLanes, Settlement, Store } from "../store/store.ts"

/** What a repair needs. */
export interface RepairParts {
  readonly store: Store
  /** Announces which rows have changed. */
  readonly wire: Pick<Wire, "publish">
  readonly shadow: Shadow
  readonly refold: Refold
}

/** A row that could not be repaired. */
export interface Unrepaired {
  readonly key: string
  readonly reason: string
}

/** The result of a repair. */
export interface Repaired {
  /** How many rows now match the log. */
  readonly rows: number
  readonly unrepaired: readonly Unrepaired[]
}

/** Repairs all drifted rows, chunk by chunk, each chunk in one transaction. */
export const repairDrift = async (parts: RepairParts): Promise<Repaired> => {
  const { shadow } = parts
  const repair = new Repair(parts)
  let page = await shadow.drifted(REPAIR_ROWS)
  while (page.rows.length > 0) {
    await repair.chunk(page.rows)
    page = await shadow.drifted(REPAIR_ROWS, page.last)
  }
  return repair.finish()
}

class Repair {
  readonly #parts: RepairParts
  readonly #unrepaired: Unrepaired[] = []
  /** Refusals of a unique index, by key. A row that is repaired later may remove the cause. */
  #refused = new Map<string, string>()
  #rows = 0
  /** The chunk that was last to be written. */
  #chunk: Chunk | undefined

  constructor(parts: RepairParts) {
    this.#parts = parts
  }

  async chunk(page: readonly Drift[]): Promise<void> {
    const failed = page.flatMap(({ key, failure }) => failure ? [{ key, ...failure }] : [])
    for (const { key, reason } of failed) this.#give(key, `it cannot be folded: ${reason}`)
    const keys = page.filter(({ failure }) => failure === undefined).map(({ key }) => key)
    await this.#write(keys)
  }

  async finish(): Promise<Repaired> {
    const again = [...this.#refused.keys()]
    this.#refused = new Map()
    for (let from = 0; from < again.length; from += REPAIR_ROWS) {
      await this.#write(again.slice(from, from + REPAIR_ROWS))
    }
    for (const [key, reason] of this.#refused) this.#give(key, reason)
    return { rows: this.#rows, unrepaired: this.#unrepaired }
  }

  #give(key: string, reason: string): void {
    this.#unrepaired.push({ key, reason })
  }

  async #write(keys: readonly string[]): Promise<void> {
    const { store, shadow, refold } = this.#parts
    const { generation } = shadow.seen
    const refused = new Map<string, string>()
    for (;;) {
      const now = await store.statuses([generation.projection])
      const lanes = now.find(({ number }) => number === generation.number)?.lanes
      // Reads in advance, so that little remains to be read while the lanes are held.
      if (lanes) await refold.to(lanes)
      const due = keys.filter((key) => !refused.has(key))
      if (due.length === 0) break
      try {
        await this.#hold(due)
        break
      } catch (error) {
        if (!(error instanceof RefusedRows) || !this.#chunk) throw error
        const found = await store.refused(generation, this.#chunk.settlement)
        for (const [key, { message }] of found) refused.set(key, message)
        if (found.size > 0) continue
        if (due.length === 1) throw error
        // Each row alone can be written, but not all of them at once.
        const half = Math.ceil(due.length / 2)
        await this.#write(due.slice(0, half))
        await this.#write(due.slice(half))
        break
      }
    }
    for (const [key, reason] of refused) this.#refused.set(key, reason)
  }

  async #hold(keys: readonly string[]): Promise<void> {
    const { store, shadow, wire } = this.#parts
    const { generation } = shadow.seen
    // Holds all lanes, because the holder of one could change parked events in another.
    const lanes = await store.hold(generation, undefined, async (held) => {
      this.#chunk = await chunkOf(this.#parts, keys, held)
      return this.#chunk.settlement
    })
    announceWritten(wire, generation, lanes.length, lanes, keys)
    const unrepaired = this.#chunk?.unrepaired ?? []
    for (const { key, reason } of unrepaired) this.#give(key, reason)
    this.#rows += keys.length - unrepaired.length
  }
}

interface Chunk {
  readonly settlement: Settlement
  readonly unrepaired: readonly Unrepaired[]
}

const chunkOf = async (
  { shadow, refold }: RepairParts,
  keys: readonly string[],
  { lanes, load }: HeldLanes,
): Promise<Chunk> => {
  const { generation } = shadow.seen
  if (lanes.length === 0) {
    throw new Unavailable({ message: `${nameOf(generation)} was dropped: run it again` })
  }
  await refold.to(lanes)
  const parked = await shadow.parkedSince(keys)
  if (!parked) {
    const message = "parked events were settled meanwhile: run it again to repair the rest"
    throw new Unavailable({ message })
  }
  const wanted = new Map((await shadow.load(keys)).map((each) => [each.key, each]))
  const { rows } = await load(keys)
  const unrepaired: Unrepaired[] = []
  const upserts: PlainRow[] = []
  const deletes: string[] = []
  for (const key of keys) {
    const { row, failure } = wanted.get(key) ?? {}
    if (parked.has(key)) {
      unrepaired.push({ key, reason: "an event of it was parked meanwhile: run it again" })
    } else if (failure) unrepaired.push({ key, reason: `it cannot be folded: ${failure.reason}` })
    else if (row) upserts.push(row)
    else if (rows.has(key)) deletes.push(key)
  }
  return { settlement: { upserts, deletes, parked: [], unparked: [], discarded: [] }, unrepaired }
}
