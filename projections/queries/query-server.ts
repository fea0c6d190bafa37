/** The query server: answers queries, and rows by key, once their views are far enough. */
import {
  decodeFields,
  failureOf,
  type Format,
  formatOf,
  HEADER,
  type Incoming,
  querySubject,
  reportWarning,
  respond,
  respondProblem,
  type Serving,
  type Wire,
} from "../../wire/internal.ts"
import {
  formatPositions,
  Invalid,
  isFailure,
  NotFound,
  Overloaded,
  parsePositions,
  type Positions,
  toProblem,
  Unavailable,
} from "../../contracts/internal.ts"
import { ANSWER_MARGIN_MS, QUERIES_AT_ONCE, VIEW_WAIT_MS } from "../limits.ts"
import { type Generation, nameOf } from "../store/generation.ts"
import { Progress, type View } from "./progress.ts"
import type { AnyProjection } from "../projection.ts"
import type { AnyQueryHandler } from "../query-handler.ts"
import { isRaw } from "../raw-projection.ts"
import { storableText, storableValue } from "../store/storable-text.ts"
import type { Store } from "../store/store.ts"

/** What answering queries needs. */
export interface QueryServerOptions {
  readonly projections: readonly AnyProjection[]
  readonly queries: readonly AnyQueryHandler[]
  readonly store: Store
  readonly wire: Wire
}

const QUEUE = "queries"

/** The rows that serve are of another version, and this program cannot answer from them. */
class OtherVersion extends Unavailable {}

/** Answers from these generations, which are as far as `position` says. */
type Answer = (
  fields: Record<string, unknown>,
  generations: readonly Generation[],
  position: string,
) => Promise<unknown>

/** What a caller wants the views to have reached, and until when it waits for that. */
interface Asked {
  readonly after: Positions
  readonly until: number
}

const askedOf = ({ headers }: Incoming): Asked | undefined => {
  const after = headers[HEADER.after]
  if (after === undefined) return undefined
  const deadline = Number(headers[HEADER.deadline] ?? Infinity)
  if (Number.isNaN(deadline)) {
    throw new Invalid({ message: `${HEADER.deadline} must be milliseconds since 1970` })
  }
  const until = Math.min(deadline - ANSWER_MARGIN_MS, Date.now() + VIEW_WAIT_MS)
  return { after: parsePositions(after), until }
}

const merge = (all: readonly Positions[]): Positions => {
  const merged: Record<string, number> = {}
  for (const [context, sequence] of all.flatMap((positions) => Object.entries(positions))) {
    merged[context] = Math.min(merged[context] ?? Infinity, sequence)
  }
  return merged
}

/** Who asks by any key all the same has waited until the view was far enough. */
const noRow: Answer = (_, [generation], at) => {
  const message = `${generation!.projection} is raw and has no keys: ask a query that reads it`
  return Promise.reject(new NotFound({ message, at }))
}

class QueryServer {
  readonly #options: QueryServerOptions
  readonly #progress: Map<string, Progress>
  readonly #serving: Serving[] = []
  /** Of what was said that this program cannot answer from it. */
  readonly #foreign = new Set<string>()
  #atWork = 0

  constructor(options: QueryServerOptions) {
    const { projections, queries, store, wire } = options
    this.#options = options
    this.#progress = new Map(
      projections.map((projection) => [projection.name, new Progress(projection, store, wire)]),
    )
    for (const projection of projections) {
      const answer: Answer = isRaw(projection) ? noRow : (...given) => this.#row(...given)
      this.#serve(projection.name, [projection], answer)
    }
    for (const handler of queries) {
      this.#serve(
        handler.query.name,
        handler.from,
        (fields, generations) => this.#ask(handler, fields, generations),
      )
    }
  }

  close(): void {
    for (const { close } of this.#serving) close()
    for (const progress of this.#progress.values()) progress.close()
  }

  #serve(name: string, from: readonly AnyProjection[], answer: Answer): void {
    const views = from.map((projection) => {
      const progress = this.#progress.get(projection.name)
      if (progress) return progress
      throw new TypeError(`${name} reads ${projection.name}, which is not among the projections`)
    })
    const handler = (message: Incoming) => void this.#answer(name, views, message, answer)
    this.#serving.push(this.#options.wire.serve(querySubject(name), handler, QUEUE))
  }

  async #answer(name: string, views: Progress[], message: Incoming, answer: Answer) {
    const { wire } = this.#options
    let format: Format = "json"
    this.#atWork++
    try {
      format = formatOf(message)
      this.#checkLoad()
      const fields = decodeFields(format, message.payload)
      const asked = askedOf(message)
      const attempt = async (found: readonly View[]) => {
        // Known before the rows are read, so that these are at least as far as the position says.
        const position = formatPositions(merge(found.map(({ positions }) => positions)))
        const generations = found.map(({ generation }) => generation)
        const result = await answer(fields, generations, position)
          .catch((error) => this.#rethrow(error, name, generations))
        respond(wire, message, format, result, { [HEADER.position]: position })
      }
      const found = await this.#find(views, asked)
      try {
        await attempt(found)
      } catch (error) {
        // The generation may have been dropped since: then the one that serves now answers.
        if (
          isFailure(error) && !(error instanceof OtherVersion) ||
          !await this.#isOutdated(views, found)
        ) throw error
        await attempt(await this.#find(views, asked))
      }
    } catch (error) {
      respondProblem(message, format, toProblem(failureOf(error, `the query ${name}`)))
    } finally {
      this.#atWork--
    }
  }

  /** What fails on rows of another version of the program is no fault of this one's handler. */
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

  #checkLoad(): void {
    if (this.#atWork <= QUERIES_AT_ONCE) return
    throw new Overloaded({
      message: `more than ${QUERIES_AT_ONCE} queries are being answered here`,
      retryAfterMs: 1_000,
    })
  }

  #find(progress: readonly Progress[], asked: Asked | undefined): Promise<View[]> {
    return Promise.all(
      progress.map((each) => asked ? each.wait(asked.after, asked.until) : each.view()),
    )
  }

  async #isOutdated(progress: readonly Progress[], found: readonly View[]): Promise<boolean> {
    const now = await Promise.all(progress.map((each) => each.look()))
    return now.some(({ generation }, index) =>
      generation.number !== found[index]?.generation.number
    )
  }

  async #row(
    { key }: Record<string, unknown>,
    [generation]: readonly Generation[],
    at: string,
  ): Promise<unknown> {
    const { projection } = generation!
    if (typeof key !== "string" || key === "") {
      throw new Invalid({
        message: `${projection} is asked by key`,
        issues: [{ path: "key", message: "Expected text" }],
      })
    }
    const row = await this.#options.store.row(generation!, storableText(key))
    if (row) return row
    throw new NotFound({ message: `${projection} has no row "${key.slice(0, 128)}"`, at })
  }

  async #ask(
    handler: AnyQueryHandler,
    fields: Record<string, unknown>,
    generations: readonly Generation[],
  ): Promise<unknown> {
    // Rows hold texts so, and Postgres refuses to compare them with others.
    const params = handler.query.params.decode(storableValue(fields))
    const result = await this.#options.store.answer(handler, params as object, generations)
    try {
      return handler.query.result.encode(result)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new TypeError(`the handler's result is wrong: ${reason}`, { cause })
    }
  }
}

/** Starts to answer. Throws `TypeError` when a query reads a view that is not given. */
export const startQueries = (options: QueryServerOptions): Serving => {
  const server = new QueryServer(options)
  return { close: () => server.close() }
}
