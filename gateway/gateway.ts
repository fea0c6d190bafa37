/** The gateway: a Hono app that speaks HTTP for contracts, projections and queries. */
import { type Context, Hono } from "hono"
import {
  type AnyContract,
  Invalid,
  NotFound,
  parsePositions,
  toProblem,
} from "../contracts/internal.ts"
import { type Client, CONTENT_TYPE, HEADER, historyName, type Serving } from "../wire/internal.ts"
import { storableText } from "../projections/internal.ts"
import { bodyOf, limitBody } from "./body.ts"
import { door, type DoorOptions } from "./door.ts"
import { eventStream, type Patience } from "./event-stream.ts"
import type { Watcher } from "./live-query.ts"
import type { LiveQueries } from "./live-queries.ts"
import { type GatewayParts, openApi } from "./openapi.ts"
import { addReadiness, type ReadinessOptions } from "./probes.ts"
import { commandOptions, isLive, queryOptions, urlParameters } from "./request.ts"
import {
  errorResponse,
  problemResponse,
  rejectionResponse,
  type ResultAbout,
  resultResponse,
} from "./respond.ts"
import { ask, type Question } from "./live-answer.ts"
import { serveSite } from "./site.ts"

/** What a gateway needs. */
export interface GatewayOptions extends GatewayParts, ReadinessOptions, DoorOptions {
  readonly client: Client
  /** What is watched through this gateway; whoever made it closes it. */
  readonly live: LiveQueries
  /** How patient streams of events are. */
  readonly patience?: Patience
  /** What the OpenAPI description is called. */
  readonly title?: string
  /** A folder of files for a browser, ending in a slash; `index.html` is served as `/`. */
  readonly site?: URL | undefined
  /** On whose behalf a request is made, as the authentication before this app has found. */
  readonly principal?: (request: Request) => string | undefined
}

/** Either kind of thing that a name can stand for within a context. */
interface Names {
  readonly contracts: ReadonlyMap<string, AnyContract>
  readonly projections: ReadonlySet<string>
  /** For each query the projections that it reads. */
  readonly queries: ReadonlyMap<string, readonly string[]>
  /** The bounded contexts that there are, as far as this gateway reads or writes them. */
  readonly contexts: ReadonlySet<string>
}

const unknown = (what: string, name: string, known: Iterable<string>): NotFound =>
  new NotFound({ message: `there is no ${what} ${name}; there are: ${[...known].join(", ")}` })

const contractOf = ({ contracts }: Names, name: string): AnyContract => {
  const contract = contracts.get(name)
  if (contract) return contract
  throw unknown("actor", name, contracts.keys())
}

/** Refuses a command that only the system itself sends: for those outside there is none. */
const checkPublic = ({ name, internal, codec }: AnyContract, command: string): void => {
  if (!internal.has(command)) return
  const known = Object.keys(codec.jsonSchemas("command")).filter((type) => !internal.has(type))
  const message = `${name} has a command ${command} that only the system itself sends; ` +
    `over HTTP there are: ${known.join(", ") || "none"}`
  throw new NotFound({ message })
}

/**
 * Refuses positions none of which is of a context that there is, because nothing would be waited
 * for. Next to others they are passed over: a client may carry positions of several applications.
 */
const checkContexts = ({ contexts }: Names, after: string | undefined): void => {
  if (after === undefined) return
  const [unknown, ...others] = Object.keys(parsePositions(after))
  if (unknown === undefined || [unknown, ...others].some((each) => contexts.has(each))) return
  const message = `there is no context "${unknown}"; there are: ${[...contexts].join(", ")}`
  throw new Invalid({ message, issues: [{ path: HEADER.after, message }] })
}

/** Answers a question: once, or with a stream of events where the client asks for one. */
const answer = async (
  context: Context,
  question: Question,
  names: Names,
  { client, live, patience = {} }: GatewayOptions,
): Promise<Response> => {
  const given = queryOptions(context)
  checkContexts(names, given.after)
  if (!isLive(context)) {
    const { result, ...about } = await client.queryPlain(question.name, question.params, given)
    return resultResponse(context, result, about)
  }
  const place = live.admit()
  try {
    const first = await ask(client, question, given)
    const watch = (watcher: Watcher): Serving => {
      const watching = live.watch(question, watcher, first)
      return { close: () => [watching, place].forEach(({ close }) => close()) }
    }
    return eventStream(context, first, watch, patience)
  } catch (error) {
    place.close()
    throw error
  }
}

/** Gives a command to an actor, and its answer to whoever sent it. */
const takeCommand = async (
  context: Context,
  names: Names,
  { client, principal }: GatewayOptions,
): Promise<Response> => {
  const { context: bounded, actor, id = "", command = "" } = context.req.param()
  const contract = contractOf(names, `${bounded}.${actor}`)
  checkPublic(contract, command)
  const body = await bodyOf(context)
  const options = commandOptions(context, principal?.(context.req.raw))
  const given = { ...options, contentType: CONTENT_TYPE.json }
  const reply = await client.askBytes(contract.name, id, command, body, given)
  if (reply.kind === "rejection") return rejectionResponse(reply)
  const { kind: _kind, ...accepted } = reply
  return resultResponse(context, accepted, reply)
}

/** The methods of paths that look like this one. */
const methodsOf = (path: string): string | undefined => {
  const parts = path.split("/").length - 1
  if (parts === 4) return path.endsWith("/history") ? "GET, HEAD" : "POST"
  const isOwn = /^\/(livez|healthz|readyz|openapi\.json)?$/.test(path)
  return isOwn || parts === 2 || parts === 3 ? "GET, HEAD" : undefined
}

/** Answers where no route matches: another method would, or none. */
const notFound = (context: Context): Response => {
  const { method, path } = context.req
  const methods = methodsOf(path)
  if (methods === undefined || methods.includes(method)) {
    const message = `no route matches ${method} ${path}; GET /openapi.json lists the routes`
    return problemResponse(toProblem(new NotFound({ message })))
  }
  const detail = `${path} does not take ${method}; it takes ${methods}`
  const title = "MethodNotAllowed"
  const type = "urn:leftfold:methodnotallowed"
  const response = problemResponse({ type, title, status: 405, detail })
  response.headers.set("Allow", methods)
  return response
}

/** Makes the HTTP side of a system. The app has no state: any number of it may run. */
export const createGateway = (options: GatewayOptions): Hono => {
  const { client, contracts, projections, queries } = options
  const names: Names = {
    contracts: new Map(contracts.map((contract) => [contract.name, contract])),
    projections: new Set(projections.map(({ name }) => name)),
    queries: new Map(
      queries.map(({ query, from }) => [query.name, from.map(({ name }) => name)]),
    ),
    contexts: new Set(
      [
        ...contracts,
        ...[...projections, ...queries.flatMap(({ from }) => from)]
          .flatMap(({ from }) => from),
      ].map(({ context }) => context),
    ),
  }
  const app = new Hono()
  const document = openApi(options, options.title ?? "Leftfold")

  app.onError(errorResponse)
  app.notFound(notFound)
  app.use(door(options))
  addReadiness(app, options)
  app.get("/openapi.json", (context) => context.json(document))
  if (options.site) serveSite(app, options.site)

  app.post(
    "/:context/:actor/:id/:command",
    limitBody,
    (context) => takeCommand(context, names, options),
  )

  app.get("/:context/:name/:key/history", async (context) => {
    const { context: bounded, name, key } = context.req.param()
    const contract = contractOf(names, `${bounded}.${name}`)
    const params = { ...urlParameters(context, "id"), id: key }
    const { result } = await client.queryPlain(historyName(contract.name), params)
    return resultResponse(context, result)
  })

  app.get("/:context/:name/:key", async (context) => {
    const { context: bounded, name: local, key } = context.req.param()
    const name = `${bounded}.${local}`
    if (names.projections.has(name)) {
      const params = { ...urlParameters(context, "key"), key }
      const question = { name, params, key: storableText(key), reads: [name] }
      return await answer(context, question, names, options)
    }
    if (!names.contracts.has(name)) {
      throw unknown("actor or projection", name, [...names.contracts.keys(), ...names.projections])
    }
    const { result } = await client.queryPlain(name, { ...urlParameters(context, "id"), id: key })
    const { version, position } = result as ResultAbout
    return resultResponse(context, result, { version, position })
  })

  app.get("/:context/:query", async (context) => {
    const { context: bounded, query } = context.req.param()
    const name = `${bounded}.${query}`
    const reads = names.queries.get(name)
    if (!reads) throw unknown("query", name, names.queries.keys())
    const question = { name, params: urlParameters(context), key: undefined, reads }
    return await answer(context, question, names, options)
  })
  return app
}
