/** Answers: the row of a key, and what a query's handler makes of its views, as one message. */
import { answerBytes, encode, type Wire } from "../../wire/internal.ts"
import {
  checkParameters,
  Invalid,
  NotFound,
  textParameter,
  TooLarge,
  wholeParameter,
} from "../../contracts/internal.ts"
import { QUERY_BYTES } from "../limits.ts"
import { Page } from "../page.ts"
import { type AnyQueryHandler, PAGE_PARAMETERS } from "../query-handler.ts"
import type { FoldedProjection, PlainRow } from "../projection.ts"
import type { Generation } from "../store/generation.ts"
import { answerTooLarge, rowTooLarge } from "../store/query-limits.ts"
import { storableText, storableValue } from "../store/storable-text.ts"
import type { Store } from "../store/store.ts"
import type { QueryRequest } from "./asked.ts"
import { ownFields, type Reader } from "./reader.ts"
import { RowsFilter } from "./rows-filter.ts"
import { encodedResult } from "./encoded-result.ts"

/** An answer, and the cursor of what comes after it. */
export interface EncodedAnswer {
  readonly payload: Uint8Array
  readonly next?: string | undefined
}

/** Answers from these generations, whose rows include `position`. */
export type Responder = (
  asked: QueryRequest,
  generations: readonly Generation[],
  position: string,
  reader: Reader,
) => Promise<EncodedAnswer>

/** The page that the fields of a query ask for. */
const pageOf = (fields: QueryRequest["fields"], what: string) => {
  const limit = wholeParameter(fields, "limit", 1, what)
  return { limit, after: textParameter(fields, "after", what) }
}

/** A result in its plain form. Throws `TypeError` if it does not match the query's schema. */
const encoded = ({ query }: AnyQueryHandler, result: unknown): unknown =>
  encodedResult(query.name, query.result, result)

/**
 * As many rows of a page as fit into one message, or only the first. Throws `TooLarge` if that has
 * more bytes than the caller takes.
 */
const fitted = (
  handler: AnyQueryHandler,
  page: Page,
  { format, most: taken }: QueryRequest,
  most: number,
): EncodedAnswer => {
  for (let shown = page;;) {
    const payload = encode(format, encoded(handler, shown.rows))
    if (payload.length <= most) return { payload, next: shown.next }
    const { length } = shown.rows
    if (length === 1 && payload.length <= taken) return { payload, next: shown.next }
    if (length === 1) {
      const message =
        `the first row of this page takes ${payload.length} bytes, and an answer to ` +
        `${handler.query.name} has at most ${taken}: ask for the page after "next", and bound ` +
        "the texts of the row where they are accepted"
      throw new TooLarge({ message, next: shown.cursorAt(0) })
    }
    const fitting = Math.floor(length * most / payload.length * 0.95)
    shown = shown.first(Math.max(1, Math.min(fitting, length - 1)))
  }
}

/**
 * The row as its schema writes it, because Postgres writes some numbers in another way. A row of
 * another version of the view stays as it is stored.
 */
const asWritten = (
  { columns, version, codec }: Pick<FoldedProjection, "columns" | "version" | "codec">,
  generation: Generation,
  row: PlainRow,
): PlainRow => {
  if (generation.version !== version) return row
  if (!columns.some(({ type }) => type.startsWith("numeric"))) return row
  try {
    return codec.encode(codec.decode(row)) as PlainRow
  } catch (error) {
    // Its schema has become stricter since the row was written: the row is shown as it is stored.
    if (error instanceof Invalid) return row
    throw error
  }
}

/** Answers with the row of a key. Rejects with `NotFound` if the row does not exist. */
export const rowAnswer = (store: Store, view: FoldedProjection): Responder => {
  const rows = new RowsFilter(view)
  return async ({ fields, format, most }, [generation], at, { seen }) => {
    const { projection } = generation!
    const what = `the question for a row of ${projection}`
    checkParameters(fields, ["key"], what)
    const key = textParameter(fields, "key", what) ?? ""
    if (key === "") {
      throw new Invalid({
        message: `${projection} is asked by key`,
        issues: [{ path: "key", message: "Expected text" }],
      })
    }
    // Whose a row is decides whether it is too large or does not exist, so it is read first.
    const read = seen === "all" ? most : Math.max(most, QUERY_BYTES)
    const row = await store.row(generation!, storableText(key), read)
      .catch((error) => rows.hidden(seen, error))
    // A row that is hidden from its reader is answered as one that does not exist.
    if (!row || !rows.shows(row, seen)) {
      throw new NotFound({ message: `${projection} has no row "${key.slice(0, 128)}"`, at })
    }
    const payload = encode(format, asWritten(view, generation!, row))
    if (payload.length > most) throw rowTooLarge(projection, key, payload.length, most)
    return { payload }
  }
}

/** Answers with the result of a handler. */
export const queryAnswer = (store: Store, wire: Wire, handler: AnyQueryHandler): Responder => {
  const { query, pageRows } = handler
  const what = `the question ${query.name}`
  const known = [...query.parameters, ...(pageRows === undefined ? [] : PAGE_PARAMETERS)]
  return async (given, generations, _at, { user, seen }) => {
    const { fields, format, most, until } = given
    checkParameters(fields, known, what)
    const page = pageRows === undefined ? {} : { ...pageOf(fields, what), seen }
    // Rows hold texts in this form, and Postgres refuses to compare them with any other.
    const decoded = query.params.decode(storableValue(ownFields(handler, fields)))
    const bytes = pageRows === undefined ? Math.max(QUERY_BYTES, most) : most
    const asked = { page, bounds: { bytes, until }, user }
    const result = await store.answer(handler, decoded as object, generations, asked)
    if (result instanceof Page) {
      return fitted(handler, result, given, answerBytes(wire))
    }
    const payload = encode(format, encoded(handler, result))
    if (payload.length > most) throw answerTooLarge(query.name, payload.length, most)
    return { payload }
  }
}
