/** The gateway: a Hono app that speaks HTTP for contracts, projections and queries. */
import { type Context, Hono } from "hono"
import { Forbidden, Invalid, NotFound, parsePositions, toProblem } from "../contracts/internal.ts"
import {
  type Client,
  CONTENT_TYPE,
  HEADER,
  historyName,
  protobufFields,
  type Serving,
} from "../wire/internal.ts"
import { keptKey } from "../projections/internal.ts"
import { bodyBytes, bodyOf, limitBody } from "./body.ts"
import { addDescriptions, type DescriptionOptions, DESCRIPTIONS } from "./descriptions.ts"
import { door, type DoorOptions } from "./door.ts"
import { endedStream, eventStream, type Patience } from "./event-stream.ts"
import type { InFlight } from "./in-flight.ts"
import type { Watcher } from "./live-query.ts"
import type { LiveQueries } from "./live-queries.ts"
import {
  checkPublic,
  contractOf,
  HISTORY,
  methodsAt,
  type Names,
  namesOf,
  unknown,
} from "./names.ts"
import { addReadiness, type ReadinessOptions } from "./probes.ts"
import { readQueryParameters } from "./query-parameters.ts"
import {
  checkNoParameters,
  commandOptions,
  isLive,
  lastSeen,
  queryOptions,
  urlParameters,
} from "./request.ts"
import {
  acceptedResponse,
  bugOf,
  errorResponse,
  problemOf,
  problemResponse,
  rejectionResponse,
  type ResultAbout,
  resultResponse,
} from "./respond.ts"
import { endAt } from "./stream-end.ts"
import { type Found, foundUser } from "./own/users.ts"
import { ask, type Behalf, problemShown, type Question, type Shown } from "./live-answer.ts"
import { BODY_MS, COME_BACK_MS, REQUEST_BYTES, WRONG_MS } from "./limits.ts"
import { type HttpRoutes, OwnRoutes } from "./own/own-routes.ts"
import { measured } from "./telemetry/request-metrics.ts"

/** What a gateway needs. */
export interface GatewayOptions extends DescriptionOptions, ReadinessOptions, DoorOptions {
  readonly client: Client
  /** The largest message that its wire carries, in bytes; NATS' default by default. */
  readonly maxPayload?: () => number
  /** The live queries of this gateway; the caller closes them. */
  readonly live: LiveQueries
  /** How patient streams of events are. */
  readonly patience?: Patience
  /** Adds routes and middleware of the application's own. */
  readonly http?: HttpRoutes | undefined
  /** The client for the application's own code; by default the gateway's. */
  readonly ownClient?: Client | undefined
  /** Counts the requests, for a gateway that answers them all before it stops. */
  readonly inFlight?: InFlight | undefined
}

/**
 * Refuses positions if none of their contexts exists, because the query would wait in vain. An
 * unknown context next to a known one is ignored: a client may carry positions of several
 * applications.
 */
const checkContexts = ({ contexts }: Names, after: string | undefined): void => {
  if (after === undefined) return
  const asked = Object.keys(parsePositions(after))
  if (asked.length === 0 || asked.some((each) => contexts.has(each))) return
  const message = `there is no context "${asked[0]}"; there are: ${[...contexts].join(", ")}`
  throw new Invalid({ message, issues: [{ path: HEADER.after, message }] })
}

/**
 * Answers with a stream of events. A browser does not come back to a stream that begins with
 * another status than 200, nor does it show its page what the answer says. So a failure is the
 * stream's first event, and the stream goes on: it is asked again like any other. Only a request
 * that is wrong as it stands ends there.
 */
const answerLive = async (
  context: Context,
  questionOf: () => Question,
  names: Names,
  { client, live, patience }: GatewayOptions,
  user: Found | undefined,
): Promise<Response> => {
  const failure = (error: unknown) => bugOf(error, context)
  let place: Serving
  try {
    place = live.admit()
  } catch (error) {
    const full = failure(error)
    const { retryAfterMs = COME_BACK_MS } = full as { readonly retryAfterMs?: number }
    return endedStream(context, problemShown(full), retryAfterMs)
  }
  let question: Question | undefined
  let first: Shown
  try {
    question = questionOf()
    const given = queryOptions(context, lastSeen(context, names.contexts))
    checkContexts(names, given.after)
    first = await ask(client, question, given)
  } catch (error) {
    const failed = failure(error)
    // Asking again cannot help, and a browser that is told so by the status does not come back.
    if (failed._tag === "Unauthenticated" || failed._tag === "Forbidden") {
      place.close()
      throw failed
    }
    first = problemShown(failed)
    // There is nothing to watch, so the stream keeps no place that others could have.
    if (failed._tag === "Invalid" || failed._tag === "Malformed") {
      place.close()
      return endedStream(context, first, WRONG_MS)
    }
  }
  // The stream outlives its first answer, and keeps only this of it.
  const [asked, seen] = [question, { ...first, data: "" }]
  const watch = (watcher: Watcher): Serving => {
    const watching = asked && live.watch(asked, watcher, seen)
    const ending = user && endAt(user.until, watcher)
    return { close: () => [watching, ending, place].forEach((each) => each?.close()) }
  }
  return eventStream(context, first, watch, { backlog: live.backlog, patience })
}

/** The sender of a request; undefined for nobody known. */
const userOf = async (context: Context, { users }: GatewayOptions): Promise<Found | undefined> =>
  users && await foundUser(users, context.req.raw)

/** The same as options of a command or a query. */
const behalfOf = (user: Found | undefined): Behalf | undefined =>
  user && { principal: user.principal, claims: user.claims }

/** Answers a question once, or with a stream of events if the client asks for one. */
const answer = async (
  context: Context,
  questionOf: () => Question,
  names: Names,
  options: GatewayOptions,
): Promise<Response> => {
  const user = options.users && await userOf(context, options)
  const as = behalfOf(user)
  if (isLive(context)) {
    return await answerLive(context, () => ({ ...questionOf(), as }), names, options, user)
  }
  const { name, params } = questionOf()
  const given = { ...queryOptions(context), ...as }
  checkContexts(names, given.after)
  const { result, ...about } = await options.client.queryPlain(name, params, given)
  return resultResponse(context, result, about)
}

/** Sends a command to an actor, and its answer to the client. */
const takeCommand = async (
  context: Context,
  names: Names,
  options: GatewayOptions,
): Promise<Response> => {
  const { context: bounded, actor, id = "", command = "" } = context.req.param()
  const contract = contractOf(names, `${bounded}.${actor}`)
  checkPublic(names, contract, command)
  checkNoParameters(context)
  const user = options.users && await userOf(context, options)
  const { bytes, format } = await bodyOf(context)
  const given = commandOptions(context, behalfOf(user))
  const { client } = options
  const { name } = contract
  const reply = format === "json"
    ? await client.askBytes(name, id, command, bytes, { ...given, contentType: CONTENT_TYPE.json })
    : await client.askPlain(name, id, command, protobufFields(contract, command, bytes), given)
  if (reply.kind === "rejection") return rejectionResponse(reply, context, contract)
  const { kind: _kind, ...accepted } = reply
  return acceptedResponse(context, accepted, reply)
}

/** Refuses to show an actor in production where no rule can say who may see it. */
const checkOpen = ({ openReads = true }: GatewayOptions): void => {
  if (openReads) return
  throw new Forbidden({
    message: "states and histories are closed here: an application without users shows them to " +
      "nobody in production; add users and rules, or a view",
  })
}

/** The paths of the gateway that belong to no contract, view or query. */
const FIXED = new Set<string>(["/livez", "/healthz", "/readyz", ...DESCRIPTIONS])

/** Answers when no route matches: the path takes other methods, or does not exist. */
const notFound = (context: Context, names: Names, own: OwnRoutes): Response => {
  const { method, path } = context.req
  const known = FIXED.has(path) ? ["GET", "HEAD"] : methodsAt(names, path)
  const all = [...new Set([...known, ...own.methodsAt(path)])]
  const methods = all.length === 0 ? [] : [...all, "OPTIONS"]
  if (methods.length === 0) {
    const message = `no route matches ${method} ${path}; GET /openapi.json lists the routes`
    return problemResponse(toProblem(new NotFound({ message })))
  }
  const Allow = methods.join(", ")
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { Allow } })
  const detail = `${path} does not take ${method}; it takes ${Allow}`
  const response = problemResponse(problemOf(405, "MethodNotAllowed", detail))
  response.headers.set("Allow", Allow)
  return response
}

/** Adds the routes that read: states, histories, rows and queries. */
const addReads = (app: Hono, names: Names, options: GatewayOptions): void => {
  app.get("/:context/:name/:key/history", async (context) => {
    const { context: bounded, name, key } = context.req.param()
    const contract = contractOf(names, `${bounded}.${name}`)
    if (!names.histories.has(contract.name)) return context.notFound()
    const params = { ...urlParameters(context, "id"), id: key }
    checkOpen(options)
    const as = behalfOf(options.users && await userOf(context, options))
    const { result } = await options.client.queryPlain(historyName(contract.name), params, as)
    return resultResponse(context, result)
  })

  app.get("/:context/:name/:key", async (context) => {
    const { context: bounded, name: local, key } = context.req.param()
    const name = `${bounded}.${local}`
    if (names.projections.has(name)) {
      const question = () => {
        const params = { ...urlParameters(context, "key"), key }
        return { name, params, key: keptKey(key), reads: [name] }
      }
      return await answer(context, question, names, options)
    }
    if (!names.contracts.has(name)) {
      throw unknown("actor or projection", name, [...names.states, ...names.projections])
    }
    if (!names.states.has(name)) return context.notFound()
    checkOpen(options)
    const as = behalfOf(options.users && await userOf(context, options))
    const params = { ...urlParameters(context, "id"), id: key }
    const { result } = await options.client.queryPlain(name, params, as)
    const { version, position } = result as ResultAbout
    return resultResponse(context, result, { version, position })
  })

  app.get("/:context/:query", async (context) => {
    const { context: bounded, query } = context.req.param()
    const name = `${bounded}.${query}`
    const known = names.queries.get(name)
    if (!known) throw unknown("query", name, names.queries.keys())
    const { reads, parameters } = known
    const question = () => {
      const params = readQueryParameters(context, parameters)
      return { name, params, key: undefined, reads }
    }
    return await answer(context, question, names, options)
  })
}

/** Makes the HTTP side of a system. It has no state, so any number of them can run. */
export const createGateway = (options: GatewayOptions): Hono => {
  const { client, maxPayload } = options
  const names = namesOf(options)
  const app = new Hono()

  app.onError(errorResponse)
  app.use(measured())
  app.use(door(options))
  if (options.inFlight) app.use(options.inFlight.counted)
  addReadiness(app, { ...options, stopping: () => options.inFlight?.stopping ?? false })
  const own = new OwnRoutes(options.http, {
    client: options.ownClient ?? client,
    userOf: async (request) => {
      const found = options.users && await foundUser(options.users, request)
      return found && { id: found.principal, claims: found.claims }
    },
  })
  const commandBytes = () => maxPayload ? bodyBytes(maxPayload()) : REQUEST_BYTES
  own.addTo(app, (path) => methodsAt(names, path).includes("POST") ? commandBytes() : undefined)
  addDescriptions(app, options)

  app.post(
    "/:context/:actor/:id/:command",
    limitBody(BODY_MS, commandBytes),
    (context) =>
      context.req.param("command") === HISTORY
        ? context.notFound()
        : takeCommand(context, names, options),
  )

  addReads(app, names, options)
  app.notFound((context) => notFound(context, names, own))
  return app
}
