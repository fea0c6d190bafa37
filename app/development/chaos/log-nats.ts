/** The log of a chaos run, as the leaders of its streams have it. */
import { jetstreamManager } from "@nats-io/jetstream"
import { Schema } from "effect"
import {
  decodeCommit,
  jetStream,
  type NatsWire,
  NO_HEADERS,
  parseLogSubject,
  requestOf,
  type StoredCommit,
  streamName,
  type Wire,
} from "../../../wire/internal.ts"

/** A commit as the leader of its stream has it. */
export interface Logged {
  readonly context: string
  /** `<context>.<actor>`. */
  readonly name: string
  readonly id: string
  /** The sequence of the actor that it had to follow; undefined if it named none. */
  readonly expected: number | undefined
  readonly commit: StoredCommit
}

/** Makes a commit of the bytes of a message and its sequence. */
export type ReadCommit = (bytes: Uint8Array, sequence: number) => StoredCommit

const TIMEOUT_MS = 5_000
/** How many messages are requested at the same time. */
const AT_ONCE = 64
const EXPECTED = /^Nats-Expected-Last-Subject-Sequence: *(\d+)/m

const LeaderAnswer = Schema.fromJsonString(Schema.Struct({
  message: Schema.optionalKey(Schema.Struct({
    subject: Schema.String,
    seq: Schema.Int,
    hdrs: Schema.optionalKey(Schema.String),
    data: Schema.optionalKey(Schema.String),
  })),
}))

const decodeAnswer = Schema.decodeUnknownSync(LeaderAnswer)
const bytesOf = (base64 = "") => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))

const readMessage = async (
  wire: Wire,
  context: string,
  seq: number,
  read: ReadCommit,
): Promise<Logged | undefined> => {
  const query = new TextEncoder().encode(JSON.stringify({ seq }))
  const subject = jetStream.leaderGet(streamName(context))
  const reply = await requestOf(wire, subject, query, NO_HEADERS, TIMEOUT_MS)
  if (reply.type !== "reply") throw new Error(`${context} cannot be read: ${reply.type}`)
  const { message } = decodeAnswer(new TextDecoder().decode(reply.payload))
  if (!message) return undefined
  const [, expected] = EXPECTED.exec(atob(message.hdrs ?? "")) ?? []
  return {
    context,
    ...parseLogSubject(message.subject),
    expected: expected === undefined ? undefined : Number(expected),
    commit: read(bytesOf(message.data), message.seq),
  }
}

/**
 * Every commit of a context, as the leader of its stream has it. Rejects with `Malformed` for a
 * message that is no commit, unless another way to read is given.
 */
export const readLog = async (
  observer: NatsWire,
  context: string,
  read: ReadCommit = decodeCommit,
): Promise<Logged[]> => {
  const { streams } = await jetstreamManager(observer.connection)
  const { state: { last_seq: last } } = await streams.info(streamName(context))
  const log: Logged[] = []
  for (let first = 1; first <= last; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, last - first + 1)
    const reading = Array.from(
      { length: count },
      (_, each) => readMessage(observer, context, first + each, read),
    )
    for (const logged of await Promise.all(reading)) if (logged) log.push(logged)
  }
  return log
}
