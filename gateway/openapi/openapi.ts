/** The OpenAPI 3.1 description of a gateway, made from its contracts, projections and queries. */
import type { AnyContract } from "../../contracts/internal.ts"
import { FROM_OUTSIDE, HEADER, METADATA_HEADER } from "../../wire/internal.ts"
import type { AnyQueryHandler, FoldedProjection } from "../../projections/internal.ts"
import { DOOR_STATUSES } from "../door.ts"
import { type QueryParameter, queryParametersOf } from "../query-parameters.ts"
import { type MessageSchemas, messageSchemas } from "./message-schemas.ts"
import { SharedSchemas } from "./shared-schemas.ts"

type Json = Record<string, unknown>

/** What a gateway serves. */
export interface GatewayParts {
  readonly contracts: readonly AnyContract[]
  readonly projections: readonly FoldedProjection[]
  readonly queries: readonly Pick<AnyQueryHandler, "query" | "from" | "pageRows">[]
  /** The JSON Schemas of actors' states, by the names of their contracts. */
  readonly states?: ReadonlyMap<string, Json>
}

/** How users prove who they are, as the description says it. */
export interface DescribedSecurity {
  /** The entries of `components/securitySchemes`. */
  readonly schemes: Json
  /** What each operation requires: the names of schemes, each with its scopes. */
  readonly required: readonly Readonly<Record<string, readonly string[]>>[]
}

const PROBLEMS: Record<string, string> = {
  400: "The body is not JSON or not a map of fields, or a header repeats, or the URL is not UTF-8.",
  403: "A page of another origin sent this; LEFTFOLD_ORIGINS names the origins that may.",
  404: "Nothing has this name or key.",
  406: "Answers have no content coding, and Accept-Encoding rules that out.",
  408: "The body did not come in time.",
  412: "If-Match or If-None-Match does not hold.",
  413: "The body is too large or comes in too many chunks, or the answer would be too large.",
  415: "The content type is neither application/json nor application/protobuf.",
  421: "The gateway does not answer for this host; LEFTFOLD_HOSTS names the hosts.",
  422: "A field is not as the schema says, or the Idempotency-Key was used for another command.",
  500: "An unexpected failure; `reference` is in the log of the process that failed.",
  501: "The body has a transfer coding other than chunked.",
  503: "Unavailable or overloaded: ask again with the same Idempotency-Key.",
  504: "No answer in time: ask again with the same Idempotency-Key.",
}

const problems = (...statuses: number[]): Json =>
  Object.fromEntries(
    statuses.map((status) => [status, {
      description: PROBLEMS[status],
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    }]),
  )

const COMMAND_PROBLEMS = problems(
  ...DOOR_STATUSES.always,
  ...DOOR_STATUSES.unsafe,
  ...[408, 412, 413, 415, 422, 500, 501, 503, 504],
)

const READ_PROBLEMS = problems(...DOOR_STATUSES.always, 404, 412, 413, 422, 500, 503, 504)

const json = (schema: Json): Json => ({ content: { "application/json": { schema } } })

const header = (name: string, description: string): Json => ({
  name,
  in: "header",
  description,
  schema: { type: "string" },
})

const inPath = (name: string): Json => ({
  name,
  in: "path",
  required: true,
  schema: { type: "string" },
})

const HOUR_MS = 3_600_000

const timeText = (ms: number): string =>
  ms >= HOUR_MS ? `${Number((ms / HOUR_MS).toFixed(2))} hours` : `${ms / 1_000} seconds`

const keyText = (windowMs: number): string =>
  "The command's id, 1 to 256 printable characters without spaces. A repeat gets the first " +
  `answer, for ${timeText(windowMs)} unless the actor has taken 65,536 commands since, and ` +
  "always among its last 128; the same key with another command, or other fields, is refused as " +
  "CommandIdReused."

const METADATA_TEXTS: { readonly [N in (typeof FROM_OUTSIDE)[number]]: string } = {
  correlation: "Shared by everything that one request sets in motion; by default the command's id.",
  causation: "What led to the command, such as the id of another command.",
  traceparent: "The W3C trace context. It is stored with the events, as the context of their span.",
  tracestate: "The W3C trace state, up to 512 characters. It is stored with the events.",
  baggage: "The W3C baggage, up to 1,024 characters. It is stored with the events.",
}

const METADATA = FROM_OUTSIDE.map((name) => header(METADATA_HEADER[name], METADATA_TEXTS[name]))

const WAIT = header("Prefer", "Such as wait=2: how many seconds to wait for these positions.")
const LAST = header("Last-Event-ID", "The id of the last event that was seen of such a stream.")
const AFTER = header("Leftfold-After", "Positions that the view must have reached.")

const CAPITAL = /(?<=[a-z0-9])(?=[A-Z])/

/** The words of a name: `PlaceOrder` and `order-list` become `Place order` and `Order list`. */
const wordsOf = (name: string): string => {
  const words = name.split(CAPITAL).join(" ").replaceAll("-", " ").toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The first sentence of a schema's own description, if it has one. */
const summaryOf = ({ description }: Json, otherwise: string): string =>
  typeof description === "string" && description !== ""
    ? description.split(/\n|(?<=\.) /)[0]!
    : otherwise

const commandPaths = (
  contract: AnyContract,
  schemas: MessageSchemas,
): [string, Json][] => {
  const { context, actor, codec, internal } = contract
  const commands = Object.entries(codec.jsonSchemas("command"))
  const rejections = Object.keys(codec.jsonSchemas("rejection")).join(", ") || "none"
  return commands.filter(([type]) => !internal.has(type)).map(([type, schema]) => [
    `/${context}/${actor}/{id}/${type}`,
    {
      post: {
        operationId: `${contract.name}.${type}`,
        summary: summaryOf(schema, wordsOf(type)),
        tags: [context],
        parameters: [
          inPath("id"),
          header("Idempotency-Key", keyText(contract.idempotencyWindowMs)),
          header("If-Match", "The version that the actor must be at, in quotes; several; or `*`."),
          header("If-None-Match", "`*` if the actor must have no events; or versions, in quotes."),
          header("Prefer", "`wait=15`: how many seconds to wait for an answer at most."),
          header(HEADER.retry, "`true` where an earlier ask with this key had no certain answer."),
          ...METADATA,
        ],
        requestBody: { required: true, ...json(schemas.command(type, schema)) },
        responses: {
          200: {
            description: "Accepted, and stored.",
            ...json({ $ref: "#/components/schemas/Accepted" }),
          },
          409: {
            description: `Rejected. One of: ${rejections}.`,
            content: { "application/problem+json": { schema: schemas.rejection } },
          },
          ...COMMAND_PROBLEMS,
        },
      },
    },
  ])
}

const CONDITIONS = [
  header("If-None-Match", "The ETag of an answer that the client has: the same is 304."),
  header("If-Match", "The ETag that the answer must have."),
]

const NOT_MODIFIED = { description: "The client has this answer already: If-None-Match lists it." }

const read = (
  tag: string,
  operationId: string,
  summary: string,
  parameters: Json[],
  schema: Json,
): Json => ({
  get: {
    operationId,
    summary,
    tags: [tag],
    parameters: [...CONDITIONS, ...parameters],
    responses: {
      200: { description: "The answer.", ...json(schema) },
      304: NOT_MODIFIED,
      ...READ_PROBLEMS,
    },
  },
})

const EVENTS = {
  "text/event-stream": {
    schema: { type: "string" },
    example: 'id: orders:17\ndata: {"id":"o-1"}\n\nid: orders:18\nevent: gone\ndata: null\n\n',
  },
}

/** As `read`, also as a stream of events, each of which has the answer as its data. */
const watch = (
  tag: string,
  operationId: string,
  summary: string,
  parameters: Json[],
  schema: Json,
  headers?: Json,
): Json => ({
  get: {
    operationId,
    summary,
    tags: [tag],
    parameters: [AFTER, WAIT, LAST, ...CONDITIONS, ...parameters],
    responses: {
      200: {
        description: "The answer; as events, again whenever it changes. A failure is an event " +
          "`problem`, and the stream goes on.",
        content: { "application/json": { schema }, ...EVENTS },
        ...(headers ? { headers } : {}),
      },
      304: NOT_MODIFIED,
      ...READ_PROBLEMS,
    },
  },
})

const inQuery = (name: string, schema: Json): Json => ({ name, in: "query", schema })

const actorPaths = (
  { context, actor, name }: AnyContract,
  { state, history }: MessageSchemas,
): [string, Json][] => [
  [
    `/${context}/${actor}/{id}`,
    read(context, `${name}.state`, `The state of one ${actor}`, [
      inPath("id"),
      inQuery("version", { type: "integer", minimum: 0 }),
      inQuery("at", { type: "string", format: "date-time" }),
    ], state),
  ],
  [
    `/${context}/${actor}/{id}/history`,
    read(context, `${name}.history`, `The events of one ${actor}`, [
      inPath("id"),
      inQuery("after", { type: "integer", minimum: 0 }),
      inQuery("limit", { type: "integer", minimum: 1, maximum: 1000 }),
    ], history),
  ],
]

/** The additional parameters and headers of a query that is answered in pages. */
const pages = (rows: number) => ({
  parameters: [
    inQuery("limit", { type: "integer", minimum: 1, maximum: rows, default: rows }),
    {
      ...inQuery("after", { type: "string" }),
      description: "The Leftfold-Next of the page before.",
    },
  ],
  headers: {
    [HEADER.next]: {
      description: "Send this as `after` to get the next page. The last page has none.",
      schema: { type: "string" },
    },
    Link: {
      description: 'A link to the next page, with `rel="next"`.',
      schema: { type: "string" },
    },
  },
})

/** A parameter of a query: a list repeats its name, and what has parts is one text of JSON. */
const queryParameter = (
  { name, required, form }: QueryParameter,
  shown: Json,
): Json => ({
  name,
  in: "query",
  required,
  ...(form === "json" ? json(shown) : { schema: shown }),
  ...(form === "repeated" ? { style: "form", explode: true } : {}),
})

const queryPath = (
  { query, pageRows }: Pick<AnyQueryHandler, "query" | "pageRows">,
  shared: SharedSchemas,
) => {
  const { context, local, name, params, result } = query
  const document = params.jsonSchema()
  const { properties = {} } = shared.lift(document) as { properties?: Record<string, Json> }
  const parameters = [...queryParametersOf(document).values()].map((parameter) =>
    queryParameter(parameter, properties[parameter.name]!)
  )
  const { parameters: paging = [], headers } = pageRows === undefined ? {} : pages(pageRows)
  const all = [...parameters, ...paging]
  const answer = shared.add(`${name}._Result`, shared.lift(result.jsonSchema()))
  return [`/${context}/${local}`, watch(context, name, wordsOf(local), all, answer, headers)]
}

const SCHEMAS = {
  Accepted: {
    type: "object",
    required: ["position", "version", "events"],
    properties: {
      position: { type: "string", examples: ["orders:17"] },
      version: { type: "integer" },
      events: { type: "integer" },
    },
  },
  Problem: {
    type: "object",
    required: ["type", "title", "status"],
    properties: {
      type: { type: "string", format: "uri" },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
    },
  },
}

/** The description of everything that a gateway serves. */
export const openApi = (
  { contracts, projections, queries, states }: GatewayParts,
  title: string,
  { version = "1", security }: {
    readonly version?: string
    readonly security?: DescribedSecurity
  } = {},
): Json => {
  const shared = new SharedSchemas(SCHEMAS)
  const schemas = new Map(contracts.map((contract) => [
    contract.name,
    messageSchemas(contract, shared, states?.get(contract.name)),
  ]))
  const paths = Object.fromEntries([
    ...contracts.flatMap((contract) => commandPaths(contract, schemas.get(contract.name)!)),
    ...contracts.flatMap((contract) => actorPaths(contract, schemas.get(contract.name)!)),
    ...projections.map(({ context, local, name, codec }) => [
      `/${context}/${local}/{key}`,
      watch(
        context,
        name,
        `A row of ${wordsOf(local).toLowerCase()}`,
        [inPath("key")],
        shared.add(`${name}._Row`, shared.lift(codec.jsonSchema())),
      ),
    ]),
    ...queries.map((handler) => queryPath(handler, shared)),
  ])
  const tags = [
    ...new Set([...contracts, ...projections, ...queries.map(({ query }) => query)]
      .map(({ context }) => context)),
  ].map((name) => ({ name, description: `The bounded context ${name}.` }))
  return {
    openapi: "3.1.0",
    info: { title, version, description: `Commands, states and views of ${title}.` },
    servers: [{ url: "/", description: "The gateway that serves this description." }],
    tags,
    security: security?.required ?? [],
    paths,
    components: {
      schemas: shared.all(),
      ...(security ? { securitySchemes: security.schemes } : {}),
    },
  }
}
