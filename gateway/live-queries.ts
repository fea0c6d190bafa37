/** The live queries of one process: each question is asked once, when its views change. */
import type { Client, Serving, Wire } from "../wire/internal.ts"
import { formatPositions, Overloaded, Unavailable } from "../contracts/internal.ts"
import { hearAnnouncements, type ViewAnnouncement } from "../projections/internal.ts"
import { Backlog } from "./backlog.ts"
import { FULL_MS, STREAMS_AT_ONCE } from "./limits.ts"
import { LiveQuery, PACE, type Pace, type Watcher } from "./live-query.ts"
import { problemShown, type Question, type Shown } from "./live-answer.ts"

/** What live queries need. */
export interface LiveQueriesOptions {
  readonly client: Client
  /** The wire on which views announce their progress. */
  readonly wire: Wire
  /** How many streams are served at the same time. */
  readonly most?: number
  readonly pace?: Partial<Pace>
  /** How many bytes all clients together may leave unread. */
  readonly unreadBytes?: number
}

/** The parts of an announcement that matter here. Without keys, any row may have changed. */
type Announced = Pick<ViewAnnouncement, "generation" | "state" | "keys" | "positions">

/** A subscription to the announcements of one view, kept while a watched query reads the view. */
interface Heard {
  readonly serving: Serving
  readonly readers: Set<LiveQuery>
  generation: number | undefined
}

const stopping = () =>
  problemShown(new Unavailable({ message: "this gateway stops: come back", retryAfterMs: 1_000 }))

/** All live queries of a gateway. */
export class LiveQueries {
  /** What the clients of this process have not read yet. */
  readonly backlog: Backlog
  readonly #client: Client
  readonly #wire: Wire
  readonly #most: number
  readonly #pace: Pace
  readonly #queries = new Map<string, LiveQuery>()
  readonly #heard = new Map<string, Heard>()
  readonly #status: Serving
  #streams = 0
  #closed = false

  constructor(options: LiveQueriesOptions) {
    const { client, wire, most = STREAMS_AT_ONCE, pace, unreadBytes } = options
    this.backlog = new Backlog(unreadBytes)
    this.#client = client
    this.#wire = wire
    this.#most = most
    this.#pace = { ...PACE, ...pace }
    // Announcements made while the connection was lost were missed.
    this.#status = wire.onStatus(() => {
      for (const query of this.#queries.values()) query.changed()
    })
  }

  /** How many distinct questions are watched. */
  get questions(): number {
    return this.#queries.size
  }

  /** How many streams are open, and how many can be. */
  get streams(): { readonly open: number; readonly most: number } {
    return { open: this.#streams, most: this.#most }
  }

  /** Makes room for one more stream. Throws `Overloaded` if no room is left. */
  admit(): Serving {
    if (this.#closed) throw new Unavailable({ message: "this gateway stops", retryAfterMs: 1_000 })
    if (this.#streams >= this.#most) {
      throw new Overloaded({
        message: `this gateway serves ${this.#most} live queries at once, and all of these ` +
          "places are taken: ask another gateway, or later, or without a stream",
        retryAfterMs: FULL_MS,
      })
    }
    this.#streams++
    let open = true
    return {
      close: () => {
        if (open) this.#streams--
        open = false
      },
    }
  }

  /** Tells the watcher each answer from now on. `seen` is the answer that it has already. */
  watch(question: Question, watcher: Watcher, seen: Shown): Serving {
    const { name, params, as } = question
    const text = JSON.stringify([name, Object.entries(params).sort(), as])
    const query = this.#queries.get(text) ?? new LiveQuery(this.#client, question, this.#pace)
    if (query.watchers === 0) {
      this.#queries.set(text, query)
      for (const view of query.reads) this.#hear(view).readers.add(query)
    }
    query.watch(watcher, seen)
    if (this.#closed) query.end(stopping())
    const close = () => {
      query.leave(watcher)
      if (query.watchers > 0 || this.#queries.get(text) !== query) return
      this.#queries.delete(text)
      for (const view of query.reads) this.#unhear(view, query)
    }
    return { close }
  }

  /** Ends all of them; nothing is sent after that. */
  close(): void {
    this.#closed = true
    this.#status.close()
    for (const query of this.#queries.values()) query.end(stopping())
  }

  #hear(view: string): Heard {
    const known = this.#heard.get(view)
    if (known) return known
    const serving = hearAnnouncements(
      this.#wire,
      view,
      (announcement) => this.#announced(heard, announcement),
    )
    const heard: Heard = { serving, readers: new Set(), generation: undefined }
    this.#heard.set(view, heard)
    return heard
  }

  #unhear(view: string, query: LiveQuery): void {
    const heard = this.#heard.get(view)
    if (!heard) return
    heard.readers.delete(query)
    if (heard.readers.size > 0) return
    heard.serving.close()
    this.#heard.delete(view)
  }

  #announced(heard: Heard, { generation, state, keys, positions }: Announced): void {
    // Queries do not read a generation that is still being built.
    if (state !== "serving") return
    const isOther = heard.generation !== generation
    heard.generation = generation
    const position = formatPositions(positions)
    for (const query of heard.readers) {
      if (isOther || query.concerns(keys)) query.changed(position)
    }
  }
}
