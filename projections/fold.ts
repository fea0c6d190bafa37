/** Folds a batch of the log into the rows it touches. Pure: what is loaded and kept is elsewhere. */
import {
  type AnyContract,
  decodeCommit,
  parseLogSubject,
  type RecordedEvent,
  recordedEvents,
} from "../contracts/mod.ts"
import type { FeedMessage } from "./feed.ts"
import type { AnyProjection, PlainRow } from "./projection.ts"

/** An event and the row it belongs to. */
export interface KeyedEvent {
  readonly key: string
  readonly recorded: RecordedEvent
}

/** What a batch does to a view. */
export interface Changes {
  readonly upserts: readonly PlainRow[]
  readonly deletes: readonly string[]
}

/** The events of a batch that concern a projection, in order, each with its row's key. */
export const keyedEvents = (
  projection: AnyProjection,
  messages: readonly FeedMessage[],
): KeyedEvent[] => {
  const contracts = new Map(projection.from.map((contract) => [contract.name, contract]))
  return messages.flatMap((message) => keyedOf(projection, contracts, message))
}

const keyedOf = (
  projection: AnyProjection,
  contracts: Map<string, AnyContract>,
  { subject, sequence, payload }: FeedMessage,
): KeyedEvent[] => {
  const { name, id } = parseLogSubject(subject)
  const contract = contracts.get(name)
  if (!contract) return []
  const commit = decodeCommit(payload, sequence)
  return recordedEvents(contract, id, commit, projection.handles).flatMap((recorded) => {
    const key = projection.keyOf(recorded.event, recorded.context)
    return key === undefined ? [] : [{ key, recorded }]
  })
}

const checkedRow = (projection: AnyProjection, key: string, row: object): PlainRow => {
  const plain = projection.codec.encode(row) as PlainRow
  if (plain[projection.keyColumn] === key) return plain
  throw new TypeError(
    `${projection.name}: an event of the row "${key}" gave a row whose ${projection.keyColumn} ` +
      `is "${plain[projection.keyColumn]}"`,
  )
}

/**
 * Folds events into the rows that there are. Throws what a handler throws, `Invalid` for a row
 * that is not as its schema says, and `TypeError` for a row under another key.
 */
export const foldEvents = (
  projection: AnyProjection,
  events: readonly KeyedEvent[],
  loaded: ReadonlyMap<string, PlainRow>,
): Changes => {
  const rows = new Map<string, object | undefined>()
  for (const { key, recorded } of events) {
    const plain = loaded.get(key)
    const before = rows.has(key) ? rows.get(key) : plain && projection.codec.decode(plain)
    rows.set(key, projection.fold(before, recorded.event, recorded.context))
  }
  const upserts: PlainRow[] = []
  const deletes: string[] = []
  for (const [key, row] of rows) {
    if (row !== undefined) upserts.push(checkedRow(projection, key, row))
    else if (loaded.has(key)) deletes.push(key)
  }
  return { upserts, deletes }
}
