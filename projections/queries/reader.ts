/** Readers: who asks the read side, and which rows the rules let them see. */
import type { Access, Incoming, RowsSeen, User } from "../../wire/internal.ts"
import { storableValue } from "../store/storable-text.ts"
import type { AnyQueryHandler } from "../query-handler.ts"
import type { QueryRequest } from "./asked.ts"

/** The user who reads, and what of the answer. */
export interface Reader {
  readonly user: User | undefined
  /** The rows of the view that is read. */
  readonly seen: RowsSeen
}

/** The reader of an answer. Throws `Unauthenticated` or `Forbidden` if no rule allows it. */
export type Admit = (message: Incoming, request: QueryRequest) => Reader

const ANYBODY: Reader = { user: undefined, seen: "all" }

/** The fields of a query that are its own parameters, and not those of its pages. */
export const ownFields = (
  { pageRows }: AnyQueryHandler,
  fields: QueryRequest["fields"],
): QueryRequest["fields"] => {
  if (pageRows === undefined) return fields
  const { limit: _limit, after: _after, ...params } = fields
  return params
}

/** Admits everybody: there are no rules. */
const admitAll: Admit = () => ANYBODY

/** Admits the readers of the rows of a view by key. */
export const viewReaders = (access: Access | undefined, name: string): Admit => {
  if (!access) return admitAll
  return (message) => {
    const user = access.userOf(message)
    return { user, seen: access.rowsOf(name, user) }
  }
}

/**
 * Admits those who may ask a query. One that selects the rows of a view shows each reader only the
 * rows that the rule of the view lets them see.
 */
export const queryReaders = (access: Access | undefined, handler: AnyQueryHandler): Admit => {
  if (!access) return admitAll
  const { query, from, pageRows } = handler
  return (message, { fields }) => {
    const user = access.userOf(message)
    access.checkTold(query.name, user)
    const params = query.params.decode(storableValue(ownFields(handler, fields)))
    access.checkQuery(query.name, params as object, user)
    const seen = pageRows === undefined ? "all" : access.rowsOf(from[0]!.name, user, query.name)
    return { user, seen }
  }
}
