/** The paths of an OpenAPI description that read: states, histories, rows and queries. */
import type { AnyContract } from "../../contracts/internal.ts"
import type { AnyQueryHandler, FoldedProjection } from "../../projections/internal.ts"
import { queryParametersOf } from "../query-parameters.ts"
import type { MessageSchemas } from "./message-schemas.ts"
import {
  AFTER,
  CONDITIONS,
  inPath,
  inQuery,
  LAST,
  pages,
  queryParameter,
  WAIT,
} from "./parameters.ts"
import { type Json, json, READ_PROBLEMS } from "./responses.ts"
import type { SharedSchemas } from "./shared-schemas.ts"
import { wordsOf } from "./words.ts"

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

/**
 * The same as a stream of events: apart from the content, because generators make one type of all
 * media types of an answer, and then each row could be a text.
 */
const EVENTS = {
  accept: "text/event-stream",
  description: "The answer again whenever it changes. A failure is an event `problem`, and the " +
    "stream goes on.",
  example: 'id: orders:17\ndata: {"id":"o-1"}\n\nid: orders:18\nevent: gone\ndata: null\n\n',
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
    "x-event-stream": EVENTS,
    responses: {
      200: {
        description: "The answer; with `Accept: text/event-stream` as events, each with the " +
          "answer as its data.",
        ...json(schema),
        ...(headers ? { headers } : {}),
      },
      304: NOT_MODIFIED,
      ...READ_PROBLEMS,
    },
  },
})

/** The paths of an actor: its state and its history. */
export const actorPaths = (
  { context, actor, name }: AnyContract,
  { state, history }: MessageSchemas,
): [what: "state" | "history", path: string, item: Json][] => [
  [
    "state",
    `/${context}/${actor}/{id}`,
    read(context, `${name}.state`, `The state of one ${actor}`, [
      inPath("id"),
      inQuery("version", { type: "integer", minimum: 0 }),
      inQuery("at", { type: "string", format: "date-time" }),
    ], state),
  ],
  [
    "history",
    `/${context}/${actor}/{id}/history`,
    read(context, `${name}.history`, `The events of one ${actor}`, [
      inPath("id"),
      inQuery("after", { type: "integer", minimum: 0 }),
      inQuery("limit", { type: "integer", minimum: 1, maximum: 1000 }),
    ], history),
  ],
]

/** The path of a query. */
export const queryPath = (
  { query, pageRows }: Pick<AnyQueryHandler, "query" | "pageRows">,
  shared: SharedSchemas,
): [string, Json] => {
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

/** The path of a projection: a row by its key. */
export const rowPath = (
  { context, local, name, codec }: FoldedProjection,
  shared: SharedSchemas,
): [string, Json] => [
  `/${context}/${local}/{key}`,
  watch(
    context,
    name,
    `A row of ${wordsOf(local).toLowerCase()}`,
    [inPath("key")],
    shared.add(`${name}._Row`, shared.lift(codec.jsonSchema())),
  ),
]
