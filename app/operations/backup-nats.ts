/** Backups of streams: what a server gives away as a snapshot of a stream, and takes back again. */
import { jetStream, type NatsWire, requestOf } from "../../wire/internal.ts"
import { schemaCodec } from "../../contracts/internal.ts"
import { Schema } from "effect"

/** What a stream was when its backup began, as the server has it. */
export interface BackedUp {
  /** Its settings, for the server that it is restored to. */
  readonly config: { readonly [setting: string]: unknown }
  readonly state: { readonly messages: number; readonly last_seq: number }
}

const API_TIMEOUT_MS = 10_000
/** How long a server may be silent between two parts, in milliseconds. */
const SILENCE_MS = 30_000
const PART_BYTES = 131_072
const NOTHING = new Uint8Array()
const DONE = "204"

const State = Schema.StructWithRest(
  Schema.Struct({ messages: Schema.Int, last_seq: Schema.Int }),
  [Schema.Record(Schema.String, Schema.Unknown)],
)
const answer = schemaCodec(
  Schema.Struct({
    error: Schema.optionalKey(Schema.Struct({ description: Schema.String })),
    config: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
    state: Schema.optionalKey(State),
    deliver_subject: Schema.optionalKey(Schema.String),
  }),
  "an answer of JetStream",
)

/** What JetStream answers. Rejects with what it refuses. */
const asked = async (wire: NatsWire, subject: string, what: string, payload: Uint8Array) => {
  const reply = await requestOf(wire, subject, payload, {}, API_TIMEOUT_MS)
  if (reply.type !== "reply") throw new Error(`${what}: JetStream does not answer (${reply.type})`)
  const text = new TextDecoder().decode(reply.payload)
  if (text === "") return {}
  const { error, ...rest } = answer.decode(JSON.parse(text))
  if (error) throw new Error(`${what}: ${error.description}`)
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
    const { payload, headers } = message
    if (payload.length > 0) {
      writing = writing.then(() => write(payload)).then(() => message.respond(NOTHING))
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

/** Makes a stream as it was. Rejects when there is one of its name, or the server refuses it. */
export const restoreStream = async (
  wire: NatsWire,
  stream: string,
  backedUp: BackedUp,
  parts: AsyncIterable<Uint8Array>,
): Promise<void> => {
  const what = `the stream ${stream} cannot be restored`
  const { deliver_subject: to } = await asked(
    wire,
    jetStream.restore(stream),
    what,
    jsonBytes(backedUp),
  )
  if (to === undefined) throw new Error(`${what}: JetStream does not say where to send it`)
  for await (const part of parts) await asked(wire, to, what, part)
  await asked(wire, to, what, NOTHING)
}

/** The sequence of the last message of a stream; 0 when there never was one. */
export const lastSequence = async (wire: NatsWire, stream: string): Promise<number> => {
  const what = `the stream ${stream} cannot be looked at`
  const { state } = await asked(wire, jetStream.streamInfo(stream), what, NOTHING)
  if (!state) throw new Error(`${what}: JetStream does not say what is in it`)
  return state.last_seq
}
