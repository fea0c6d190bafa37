/** What the tests of reconciliation share: a view at work on real servers, and a hand in it. */
import { Boxes, BoxList, Emptied, Put, Removed } from "./boxes.suite.ts"
import { connect } from "./connection-postgres.ts"
import { readFrom, type Scope } from "./feed.suite.ts"
import {
  type Drift,
  type Feed,
  type FoldedProjection,
  postgresStore,
  reconcile,
  type Repaired,
  type RunningProjections,
  startProjections,
  type Store,
} from "./mod.ts"
import { announced, announcedKeys, sameAsLog } from "./working.suite.ts"
import { type Entry, natsWrittenLog, wireOf } from "./written-log.suite.ts"

/** What a comparison has found, and what became of it. */
export interface Found {
  readonly rows: number
  readonly drift: readonly Drift[]
  readonly repaired: Repaired | undefined
}

/** How to compare. */
export interface How {
  readonly projection?: FoldedProjection
  readonly repair?: boolean
  /** Called once the view was looked at, and before the log is read. */
  readonly whileComparing?: () => Promise<void>
  /** Called when it is known what has drifted. */
  readonly beforeRepair?: () => Promise<void>
}

/** Calls back once before the log is first opened. */
const openedAfter = (feed: Feed, work: () => Promise<void>): Feed => {
  let worked: Promise<void> | undefined
  return { ...feed, open: async (after) => (await (worked ??= work()), feed.open(after)) }
}

const nothing = () => Promise.resolve()

/** A log of boxes and views of it. */
export class Warehouse {
  readonly sql: ReturnType<typeof connect>
  readonly store: Store
  readonly feed: Feed
  readonly databaseUrl: string
  readonly #running: RunningProjections[] = []
  readonly #wire: Parameters<typeof announced>[0]
  readonly #write: (entries: readonly Entry[]) => Promise<void>
  #written = 0

  private constructor(
    scope: Scope,
    databaseUrl: string,
    wire: Parameters<typeof announced>[0],
    log: { readonly feed: Feed; readonly write: (all: readonly Entry[]) => Promise<void> },
  ) {
    const store = postgresStore(databaseUrl)
    this.sql = connect(databaseUrl, 1)
    scope.after(async () => {
      await Promise.all(this.#running.map((running) => running.stop()))
      await Promise.all([store.close(), this.sql.end()])
    })
    this.store = store
    this.feed = log.feed
    this.databaseUrl = databaseUrl
    this.#wire = wire
    this.#write = log.write
  }

  /** An empty one, on servers without anything. */
  static async open(
    scope: Scope,
    { natsUrl, databaseUrl }: { readonly natsUrl: string; readonly databaseUrl: string },
  ): Promise<Warehouse> {
    const wire = await wireOf(scope, natsUrl)
    return new Warehouse(scope, databaseUrl, wire, await natsWrittenLog(wire, ["boxes"]))
  }

  /** Starts to fold; resolves when all that was written is. */
  async start(
    projection: FoldedProjection = BoxList,
    store = this.store,
  ): Promise<RunningProjections> {
    const done = announced(this.#wire, projection, { boxes: this.#written })
    const { feed } = this
    const running = startProjections({ projections: [projection], feed, store, wire: this.#wire })
    this.#running.push(running)
    await done
    return running
  }

  /** Appends to the log. */
  async write(entries: readonly Entry[]): Promise<void> {
    this.#written += entries.length
    await this.#write(entries)
  }

  /** Appends to the log, and waits until a projection that is at work has folded it. */
  async append(entries: readonly Entry[], projection: FoldedProjection = BoxList): Promise<void> {
    const done = announced(this.#wire, projection, { boxes: this.#written + entries.length })
    await this.write(entries)
    await done
  }

  /** Resolves when it was announced that each of these rows has changed; called before that. */
  told(keys: readonly string[], projection: FoldedProjection = BoxList): Promise<void> {
    return announcedKeys(this.#wire, projection, keys)
  }

  /** Compares the view with the log. */
  async compare(how: How = {}): Promise<Found> {
    const { projection = BoxList, whileComparing = nothing, beforeRepair = nothing } = how
    const { store, databaseUrl } = this
    const feed = openedAfter(this.feed, whileComparing)
    const result = await reconcile({ projection, feed, store, wire: this.#wire, databaseUrl })
    try {
      const drift: Drift[] = []
      for await (const each of result.drift()) drift.push(each)
      await beforeRepair()
      const repaired = how.repair ? await result.repair() : undefined
      return { rows: result.rows, drift, repaired }
    } finally {
      await result.close()
    }
  }

  /** Fails unless the view is what the whole log gives. */
  async check(projection: FoldedProjection = BoxList): Promise<void> {
    const messages = await readFrom(this.feed, { boxes: 0 }, this.#written)
    await sameAsLog(this.store, projection, messages)
  }
}

/** An event of a box. */
export const boxEvent = (box: number, kind: "put" | "empty" | "remove" = "put"): Entry => ({
  contract: Boxes,
  id: `b-${box}`,
  event: kind === "put" ? Put({ count: box }) : kind === "empty" ? Emptied() : Removed(),
})

/** So many events, one for each box from the first on. */
export const boxEvents = (first: number, count: number, kind?: "put" | "empty" | "remove") =>
  Array.from({ length: count }, (_, index) => boxEvent(first + index, kind))
