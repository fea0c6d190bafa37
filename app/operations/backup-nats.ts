/** One stream on its way out and in: what a server sends as its snapshot, and takes back again. */
import { setTimeout as pause } from "node:timers/promises"
import { jetStream, type NatsWire, requestOf } from "../../wire/internal.ts"
import { schemaCodec } from "../../contracts/internal.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { Schema } from "effect"

const API_TIMEOUT_MS = 10_000
/** How long nobody may take a request, as while servers elect who does, in milliseconds. */
const ELECTION_MS = 10_000
const PAUSE_MS = 250
/** How long a server may read what it was sent before it says what it made of it, in ms. */
const RESTORE_TIMEOUT_MS = 600_000
/** How long a server may be silent between two parts, in milliseconds. */
const SILENCE_MS = 30_000
const PART_BYTES = 131_072
const NOTHING = new Uint8Array()
const DONE = "204"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** What a stream holds, as its server counts it; servers say more than that. */
export const StateSchema = Schema.StructWithRest(
  Schema.Struct({
    messages: Count,
    bytes: Count,
    first_seq: Count,
    last_seq: Count,
    /** Messages that are missing between the first and the last; absent when none is. */
    num_deleted: Schema.optionalKey(Count),
  }),
  [Schema.Record(Schema.String, Schema.Unknown)],
)

/** The settings of a stream, as a server names them. */
export const SettingsSchema = Schema.Record(Schema.String, Schema.Unknown)

/** What a stream holds. */
export type StreamState = typeof StateSchema.Type

/** How a stream is kept. */
export type StreamSettings = typeof SettingsSchema.Type

/** What a stream was when its backup began. */
export interface BackedUp {
  readonly config: StreamSettings
  readonly state: StreamState
}

const answer = schemaCodec(
  Schema.Struct({
    error: Schema.optionalKey(
      Schema.Struct({ description: Schema.String, err_code: Schema.optionalKey(Schema.Int) }),
    ),
    config: Schema.optionalKey(SettingsSchema),
    state: Schema.optionalKey(StateSchema),
    deliver_subject: Schema.optionalKey(Schema.String),
  }),
  "an answer of JetStream",
)

/** JetStream refuses what it was asked for. */
export class Refused extends Error {
  override readonly name = "Refused"
  /** Its number, by which a program knows the reason; 0 when the server gives none. */
  readonly code: number

  constructor(message: string, code = 0) {
    super(message)
    this.code = code
  }
}

/** What JetStream answers. Rejects with `Refused`, or with an error when it does not answer. */
const asked = async (
  wire: NatsWire,
  subject: string,
  what: string,
  payload: Uint8Array,
  timeoutMs = API_TIMEOUT_MS,
) => {
  const electedBy = performance.now() + ELECTION_MS
  let reply = await requestOf(wire, subject, payload, {}, timeoutMs)
  // Nobody took it, so it can be sent again.
  while (reply.type === "no-responders" && performance.now() < electedBy) {
    await pause(PAUSE_MS)
    reply = await requestOf(wire, subject, payload, {}, timeoutMs)
  }
  if (reply.type !== "reply") throw new Error(`${what}: JetStream does not answer (${reply.type})`)
  const text = new TextDecoder().decode(reply.payload)
  if (text === "") return {}
  const { error, ...rest } = answer.decode(JSON.parse(text))
  if (error) throw new Refused(`${what}: ${error.description}`, error.err_code)
  return rest
}

const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/**
 * Copies a stream with its durable consumers. `write` is given one part after another, and the
 * server sends on once it has taken them. Rejects when the server refuses, stops or falls silent.
 */
export const backupStream = async (
  wire: NatsWire,
  stream: string,
  write: (part: Uint8Array) => Promise<void>,
): Promise<BackedUp> => {
  const what = `the stream ${stream} cannot be backed up`
  const inbox = wire.inbox()
  let heard = () => {}
  let end = (_error?: Error) => {}
  let writing = Promise.resolve()
  const ended = new Promise<void>((resolve, reject) => {
    let silence: ReturnType<typeof setTimeout>
    end = (error) => {
      clearTimeout(silence)
      if (error) reject(error)
      else resolve()
    }
    heard = () => {
      clearTimeout(silence)
      silence = setTimeout(() => end(new Error(`${what}: the server fell silent`)), SILENCE_MS)
    }
  })
  // Nobody may be waiting for it yet when it fails.
  ended.catch(() => {})
  const serving = wire.serve(inbox, (message) => {
    heard()
    const { payload, headers, reply } = message
    if (payload.length > 0) {
      writing = writing.then(() => write(payload)).then(() => {
        // The server sends on once it has heard. The last part awaits nothing.
        if (reply !== "") wire.publish(reply, NOTHING)
      })
      writing.catch(end)
    } else if (headers.Status === undefined || headers.Status === DONE) {
      writing.then(() => end(), end)
    } else end(new Error(`${what}: ${headers.Description}`))
  })
  try {
    const order = { deliver_subject: inbox, chunk_size: PART_BYTES }
    const { config, state } = await asked(wire, jetStream.snapshot(stream), what, jsonBytes(order))
    if (!config || !state) throw new Error(`${what}: JetStream does not say what is in it`)
    heard()
    await ended
    return { config, state }
  } finally {
    end()
    serving.close()
  }
}

/**
 * Makes a stream of these settings from a snapshot; resolves to what is in it. Rejects with
 * `Refused` when there is one of its name, or when the server cannot read the snapshot or has no
 * room for it; then nothing was made. When it rejects otherwise, that is not known.
 */
export const restoreStream = async (
  wire: NatsWire,
  stream: string,
  backedUp: BackedUp,
  parts: AsyncIterable<Uint8Array>,
): Promise<StreamState> => {
  const what = `the stream ${stream} cannot be restored`
  const order = jsonBytes(backedUp)
  const { deliver_subject: to } = await asked(wire, jetStream.restore(stream), what, order)
  if (to === undefined) throw new Error(`${what}: JetStream does not say where to send it`)
  for await (const part of parts) await asked(wire, to, what, part)
  const { state } = await asked(wire, to, what, NOTHING, RESTORE_TIMEOUT_MS)
  if (!state) throw new Error(`${what}: JetStream does not say what is in it now`)
  return state
}

/** What a stream holds. Rejects when there is no such stream. */
export const stateOf = async (wire: NatsWire, stream: string): Promise<StreamState> => {
  const what = `the stream ${stream} cannot be looked at`
  const { state } = await asked(wire, jetStream.streamInfo(stream), what, NOTHING)
  if (!state) throw new Error(`${what}: JetStream does not say what is in it`)
  return state
}

/** The names of the durable consumers of a stream, in order. */
export const durablesOf = async ({ connection }: NatsWire, stream: string): Promise<string[]> => {
  const { consumers } = await jetstreamManager(connection, { checkAPI: false })
  const names: string[] = []
  try {
    for await (const { config } of consumers.list(stream)) {
      if (config.durable_name) names.push(config.durable_name)
    }
    return names.sort()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the stream ${stream} cannot be backed up: ${reason}`, { cause })
  }
}
