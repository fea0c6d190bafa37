/** The query server: answers queries, and rows by key, once their views are far enough. */
import {
  type Access,
  answerBytes,
  awaited,
  failureOf,
  type Format,
  formatOf,
  HEADER,
  type Incoming,
  partsHeaders,
  querySubject,
  reportWarning,
  respondProblem,
  respondWhole,
  type Serving,
  type Wire,
} from "../../wire/internal.ts"
import {
  formatPositions,
  isFailure,
  NotFound,
  Overloaded,
  type Positions,
  toProblem,
  Unavailable,
} from "../../contracts/internal.ts"
import {
  ANSWER_MARGIN_MS,
  CHANGE_WAIT_MS,
  QUERIES_AT_ONCE,
  QUERIES_AT_ONCE_BYTES,
  VIEW_WAIT_MS,
} from "../limits.ts"
import type { Feed } from "../log/feed.ts"
import type { AnyProjection } from "../projection.ts"
import type { AnyQueryHandler } from "../query-handler.ts"
import { isRaw } from "../raw-projection.ts"
import { type Generation, nameOf } from "../store/generation.ts"
import type { Store } from "../store/store.ts"
import { type Admit, queryReaders, viewReaders } from "./reader.ts"
import { queryAnswer, type Responder, rowAnswer } from "./answer.ts"
import { askedOf, type QueryRequest } from "./asked.ts"
import { type View, ViewProgress } from "./view-progress.ts"
import { StreamEnds } from "./stream-ends.ts"
import { Waiting } from "./waiting.ts"

/** What answering queries needs. */
export interface QueryServerOptions {
  readonly projections: readonly AnyProjection[]
  readonly queries: readonly AnyQueryHandler[]
  readonly store: Store
  readonly wire: Wire
  /** The rules for readers; without it, anybody may ask everything. */
  readonly access?: Access | undefined
  /** Tells how far logs are, so that nobody waits for what cannot come. */
  readonly feed: Pick<Feed, "last">
}

const QUEUE = "queries"

/** What is served under one name: the views that it reads, who may ask, and the answer. */
interface Served {
  readonly name: string
  readonly views: readonly ViewProgress[]
  readonly admit: Admit
  readonly answer: Responder
}

/** The rows that serve are of another version, and this program cannot answer from them. */
class OtherVersion extends Unavailable {}

const merge = (all: readonly Positions[]): Positions => {
  const merged: Record<string, number> = {}
  for (const [context, sequence] of all.flatMap((positions) => Object.entries(positions))) {
    merged[context] = Math.min(merged[context] ?? Infinity, sequence)
  }
  return merged
}

/** A raw projection has no rows by key; such a query only waits until the view is far enough. */
const noRow: Responder = (_, [generation], at) => {
  const message = `${generation!.projection} is raw and has no keys: ask a query that reads it`
  return Promise.reject(new NotFound({ message, at }))
}

class QueryServer {
  readonly #options: QueryServerOptions
  readonly #progress: Map<string, ViewProgress>
  readonly #waiting = new Waiting()
  readonly #serving: Serving[] = []
  /** The generations of other versions that a warning was logged about. */
  readonly #foreign = new Set<string>()
  #atWork = 0
  #bytesAtWork = 0

  constructor(options: QueryServerOptions) {
    const { projections, queries, store, wire, feed, access } = options
    this.#options = options
    const services = { store, wire, waiting: this.#waiting, ends: new StreamEnds(feed) }
    this.#progress = new Map(
      projections.map((projection) => [projection.name, new ViewProgress(projection, services)]),
    )
    for (const projection of projections) {
      const answer: Responder = isRaw(projection) ? noRow : rowAnswer(store, projection)
      this.#serve(projection.name, [projection], answer, viewReaders(access, projection.name))
    }
    for (const handler of queries) {
      const answer = queryAnswer(store, wire, handler)
      this.#serve(handler.query.name, handler.from, answer, queryReaders(access, handler))
    }
  }

  close(): void {
    for (const { close } of this.#serving) close()
    for (const progress of this.#progress.values()) progress.close()
  }

  #serve(
    name: string,
    from: readonly AnyProjection[],
    answer: Responder,
    admit: Admit,
  ): void {
    const views = from.map((projection) => {
      const progress = this.#progress.get(projection.name)
      if (progress) return progress
      throw new TypeError(`${name} reads ${projection.name}, which is not among the projections`)
    })
    const served = { name, views, answer, admit }
    const handler = awaited((message) => void this.#answer(served, message))
    this.#serving.push(this.#options.wire.serve(querySubject(name), handler, QUEUE))
  }

  async #answer({ name, views, answer, admit }: Served, message: Incoming) {
    let format: Format = "json"
    try {
      format = formatOf(message)
      const asked = askedOf(this.#options.wire, message, format)
      const reader = admit(message, asked)
      const attempt = async (found: readonly View[]) => {
        // Read before the rows, so that these are at least as far as the position says.
        const position = formatPositions(merge(found.map(({ positions }) => positions)))
        const generations = found.map(({ generation }) => generation)
        const { payload, next } = await this.#atOnce(
          message.payload.length + Math.max(0, asked.most - answerBytes(this.#options.wire)),
          () => answer(asked, generations, position, reader),
        )
          .catch((error) => this.#rethrow(error, name, generations))
        const headers = { [HEADER.position]: position }
        const all = next ? { ...headers, [HEADER.next]: next } : headers
        respondWhole(this.#options.wire, message, format, payload, all)
      }
      if (asked.newerThan) await this.#changed(views, asked.newerThan, asked.until)
      const found = await this.#find(views, asked)
      try {
        await attempt(found)
      } catch (error) {
        // The generation may have been dropped since. Then the one that serves now answers.
        if (
          isFailure(error) && !(error instanceof OtherVersion) ||
          !await this.#isOutdated(views, found)
        ) throw error
        await attempt(await this.#find(views, asked))
      }
    } catch (error) {
      const problem = toProblem(failureOf(error, `the query ${name}`))
      respondProblem(message, format, problem, partsHeaders(message, error))
    }
  }

  /**
   * Works on a query, unless too many are in flight, or too many bytes of queries and of answers
   * that are larger than a message. Queries that wait for views do not count.
   */
  async #atOnce<T>(length: number, work: () => Promise<T>): Promise<T> {
    const isFull = this.#atWork >= QUERIES_AT_ONCE ||
      this.#bytesAtWork + length > QUERIES_AT_ONCE_BYTES
    if (isFull) {
      throw new Overloaded({
        message: `${this.#atWork} queries of ${this.#bytesAtWork} bytes are being answered here`,
        retryAfterMs: 1_000,
      })
    }
    this.#atWork++
    this.#bytesAtWork += length
    try {
      return await work()
    } finally {
      this.#atWork--
      this.#bytesAtWork -= length
    }
  }

  /** Rethrows. A handler that fails on rows of another version of the program is no bug. */
  #rethrow(error: unknown, name: string, generations: readonly Generation[]): never {
    const versions = new Map(this.#options.projections.map((each) => [each.name, each.version]))
    const ownOf = ({ projection }: Generation) => versions.get(projection)
    const other = generations.find((each) => each.version !== ownOf(each))
    if (!other || isFailure(error)) throw error
    const message = `${nameOf(other)} of version ${other.version} serves; this program ` +
      `has version ${ownOf(other)}: it answers once its own serves`
    const what = `${name} cannot be answered from ${nameOf(other)}`
    if (!this.#foreign.has(what)) reportWarning(`${what}: ${String(error)}; ${message}`)
    this.#foreign.add(what)
    throw new OtherVersion({ message, retryAfterMs: 1_000 })
  }

  /** Resolves once a row of these views may have changed, or shortly before the deadline. */
  async #changed(views: readonly ViewProgress[], seen: Positions, deadline: number): Promise<void> {
    const until = Math.min(deadline - ANSWER_MARGIN_MS, Date.now() + CHANGE_WAIT_MS)
    const leave = [this.#waiting.enterLive()]
    try {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, until - Date.now())
        leave.push(() => clearTimeout(timer))
        for (const { changes } of views) leave.push(changes.watch(seen, resolve))
      })
    } finally {
      for (const each of leave) each()
    }
  }

  #find(progress: readonly ViewProgress[], { after, until }: QueryRequest): Promise<View[]> {
    if (!after) return Promise.all(progress.map((each) => each.view()))
    const patience = Math.min(until - ANSWER_MARGIN_MS, Date.now() + VIEW_WAIT_MS)
    return Promise.all(progress.map((each) => each.wait(after, patience)))
  }

  async #isOutdated(progress: readonly ViewProgress[], found: readonly View[]): Promise<boolean> {
    const now = await Promise.all(progress.map((each) => each.look()))
    return now.some(({ generation }, index) =>
      generation.number !== found[index]?.generation.number
    )
  }
}

/** Starts to answer queries. Throws `TypeError` if a query reads a view that is not given. */
export const startQueries = (options: QueryServerOptions): Serving => {
  const server = new QueryServer(options)
  return { close: () => server.close() }
}
