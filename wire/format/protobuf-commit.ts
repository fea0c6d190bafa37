/** A commit in Protobuf, of a contract whose events are stored that way. */
import {
  NotCarried,
  type ProtobufMessages,
  readProtobuf,
  StoredProtobuf,
  writeProtobuf,
} from "../../contracts/plain.ts"
import { OWN_NESTING } from "../limits.ts"
import { COMMIT } from "./protobuf-messages.ts"

/** What is needed of a contract. */
interface ProtobufContract {
  readonly codec: {
    readonly protobuf: ProtobufMessages | undefined
    readonly evolution: { readonly current: (type: string) => number | undefined }
  }
}

/** An event, whose other members are written as they are. */
interface Event {
  readonly type: string
  readonly schema: number
  readonly data: unknown
}

/** A commit with such events. */
interface CommitFields {
  readonly base: number
  readonly ancestors: readonly number[]
  readonly events: readonly Event[]
  readonly refusals?: readonly object[]
}

const OWN = { levels: OWN_NESTING, values: 2 ** 30, own: true } as const
const WRITE = { levels: OWN_NESTING, exact: true } as const

/** The fields of one event: as Protobuf if its contract has numbers for all of them. */
const written = (
  { codec }: ProtobufContract,
  { data, ...event }: Event,
  otherwise: (plain: unknown) => Uint8Array,
): object => {
  const { type, schema } = event
  if (data instanceof StoredProtobuf) return { ...event, protobuf: data.bytes }
  // The numbers are those of the event as it is today.
  if (codec.protobuf && codec.evolution.current(type) === schema) {
    try {
      return { ...event, protobuf: codec.protobuf.write(type, data, WRITE) }
    } catch (error) {
      if (!(error instanceof NotCarried)) throw error
    }
  }
  return { ...event, msgpack: otherwise(data) }
}

/**
 * The bytes of a commit; undefined for one that Protobuf cannot carry. `otherwise` writes the
 * fields of an event that it cannot carry.
 */
export const writeCommit = (
  contract: ProtobufContract,
  { base, ancestors, events, refusals }: CommitFields,
  otherwise: (plain: unknown) => Uint8Array,
): Uint8Array | undefined => {
  const plain = {
    base,
    ancestors,
    events: events.map((event) => written(contract, event, otherwise)),
    refusals,
  }
  try {
    return writeProtobuf(COMMIT, plain, WRITE)
  } catch (error) {
    if (error instanceof NotCarried) return undefined
    throw error
  }
}

/** The parts of a commit, not checked yet. Throws for bytes that are not one. */
export const readCommitFields = (
  bytes: Uint8Array,
  otherwise: (bytes: Uint8Array) => unknown,
): Record<string, unknown> => {
  const { events, refusals, ...commit } = readProtobuf(COMMIT, bytes, OWN) as {
    readonly events: readonly { readonly protobuf?: Uint8Array; readonly msgpack?: Uint8Array }[]
    readonly refusals: readonly unknown[]
  }
  const all = events.map(({ protobuf, msgpack, ...event }) => ({
    ...event,
    data: protobuf ? new StoredProtobuf(protobuf) : msgpack ? otherwise(msgpack) : {},
  }))
  return refusals.length > 0 ? { ...commit, events: all, refusals } : { ...commit, events: all }
}
