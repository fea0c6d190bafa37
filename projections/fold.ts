/** Folds a batch of the log into the rows it touches. Pure: loading and saving is elsewhere. */
import {
  type AnyContract,
  decodeCommit,
  parseLogSubject,
  positionOf,
  type RecordedEvent,
  recordedEvents,
} from "../contracts/mod.ts"
import type { FeedMessage } from "./feed.ts"
import type { AnyProjection, PlainRow } from "./projection.ts"
import { storableText } from "./storable-text.ts"

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

/** An event that cannot be folded: `cause` is what was thrown. */
export class FoldFailure extends Error {
  override readonly name = "FoldFailure"
}

const failed = ({ name }: AnyProjection, what: string, cause: unknown): FoldFailure => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FoldFailure(`${name} cannot fold ${what}: ${reason}`, { cause })
}

const named = ({ event, context }: RecordedEvent): string =>
  `${event.type} of ${context.actor} ${context.id} at ${context.position}`

/**
 * The events of a batch that concern a projection, in order, each with its row's key. Throws
 * `FoldFailure` for a message that is no commit, or an event that is not as its contract says.
 */
export const keyedEvents = (
  projection: AnyProjection,
  messages: readonly FeedMessage[],
): KeyedEvent[] => {
  const contracts = new Map(projection.from.map((contract) => [contract.name, contract]))
  return messages.flatMap((message) => {
    try {
      return keyedOf(projection, contracts, message)
    } catch (cause) {
      throw failed(projection, positionOf(message.context, message.sequence), cause)
    }
  })
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
    return key === undefined ? [] : [{ key: storableText(key), recorded }]
  })
}

const checkedRow = (projection: AnyProjection, key: string, row: object): PlainRow => {
  const { codec, keyColumn } = projection
  const plain = codec.encode(row) as PlainRow
  const found = plain[keyColumn]
  if (found === key) return plain
  if (typeof found === "string" && storableText(found) === key) {
    return { ...plain, [keyColumn]: key }
  }
  throw new TypeError(`an event of the row "${key}" gave a row whose ${keyColumn} is "${found}"`)
}

/** Folds events into the rows that there are. Throws `FoldFailure`. */
export const foldEvents = (
  projection: AnyProjection,
  events: readonly KeyedEvent[],
  loaded: ReadonlyMap<string, PlainRow>,
): Changes => {
  const rows = new Map<string, { row: object | undefined; last: RecordedEvent }>()
  for (const { key, recorded } of events) {
    try {
      const plain = rows.has(key) ? undefined : loaded.get(key)
      const before = plain ? projection.codec.decode(plain) : rows.get(key)?.row
      const row = projection.fold(before, recorded.event, recorded.context)
      rows.set(key, { row, last: recorded })
    } catch (cause) {
      throw failed(projection, named(recorded), cause)
    }
  }
  const upserts: PlainRow[] = []
  const deletes: string[] = []
  for (const [key, { row, last }] of rows) {
    try {
      if (row !== undefined) upserts.push(checkedRow(projection, key, row))
      else if (loaded.has(key)) deletes.push(key)
    } catch (cause) {
      throw failed(projection, named(last), cause)
    }
  }
  return { upserts, deletes }
}
