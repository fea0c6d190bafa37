/** The parameters of the operations of an OpenAPI description. */
import { FROM_OUTSIDE, HEADER, METADATA_HEADER } from "../../wire/internal.ts"
import type { QueryParameter } from "../query-parameters.ts"
import { type Json, json } from "./responses.ts"

/** A header with this name. */
export const header = (name: string, description: string): Json => ({
  name,
  in: "header",
  description,
  schema: { type: "string" },
})

/** A part of the path. */
export const inPath = (name: string): Json => ({
  name,
  in: "path",
  required: true,
  schema: { type: "string" },
})

const HOUR_MS = 3_600_000

const timeText = (ms: number): string =>
  ms >= HOUR_MS ? `${Number((ms / HOUR_MS).toFixed(2))} hours` : `${ms / 1_000} seconds`

/** What an idempotency key does. */
export const keyText = (windowMs: number): string =>
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

/** The metadata that a caller may send. */
export const METADATA = FROM_OUTSIDE.map((name) =>
  header(METADATA_HEADER[name], METADATA_TEXTS[name])
)

/** How long a read may wait. */
export const WAIT = header(
  "Prefer",
  "Such as wait=2: how many seconds to wait for these positions.",
)
/** Where a stream goes on. */
export const LAST = header(
  "Last-Event-ID",
  "The id of the last event that was seen of such a stream.",
)
/** What a view must have reached. */
export const AFTER = header("Leftfold-After", "Positions that the view must have reached.")

/** The conditions of a read. */
export const CONDITIONS = [
  header("If-None-Match", "The ETag of an answer that the client has: the same is 304."),
  header("If-Match", "The ETag that the answer must have."),
]

/** A parameter of the query. */
export const inQuery = (name: string, schema: Json): Json => ({ name, in: "query", schema })

/** The additional parameters and headers of a query that is answered in pages. */
export const pages = (rows: number) => ({
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
export const queryParameter = (
  { name, required, form }: QueryParameter,
  shown: Json,
): Json => ({
  name,
  in: "query",
  required,
  ...(form === "json" ? json(shown) : { schema: shown }),
  ...(form === "repeated" ? { style: "form", explode: true } : {}),
})
