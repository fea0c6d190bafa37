/** One stream as a server's snapshot: copied out in parts, and restored from them. */
import { jetstreamManager } from "@nats-io/jetstream"
import {
  encodeText,
  jetStream,
  jetStreamOptions,
  type NatsWire,
  NO_BYTES,
  type Wire,
} from "../../wire/internal.ts"
import { askJetStream, type StreamSettings, type StreamState } from "./jetstream-request.ts"
import { messageOf } from "../../contracts/internal.ts"

/** How long a server has to read an uploaded snapshot before it answers, in milliseconds. */
const RESTORE_TIMEOUT_MS = 600_000
/** The longest silence of a server between two parts, in milliseconds. */
const SILENCE_MS = 30_000
const PART_BYTES = 131_072
const DONE = "204"

/** The settings and state of a stream when its backup began. */
export interface BackedUp {
  readonly config: StreamSettings
  readonly state: StreamState
}

const jsonBytes = (value: unknown): Uint8Array => encodeText(JSON.stringify(value))

/**
 * Copies a stream with its durable consumers. `write` receives one part after another; the server
 * continues once a part is written. Rejects when the server refuses, stops or falls silent.
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
  // `ended` may fail before anything awaits it.
  ended.catch(() => {})
  const serving = wire.serve(inbox, (message) => {
    heard()
    const { payload, headers, reply } = message
    if (payload.length > 0) {
      writing = writing.then(() => write(payload)).then(() => {
        // The server continues once it has this answer. It awaits none for the last part.
        if (reply !== "") wire.publish(reply, NO_BYTES)
      })
      writing.catch(end)
    } else if (headers.Status === undefined || headers.Status === DONE) {
      writing.then(() => end(), end)
    } else end(new Error(`${what}: ${headers.Description}`))
  })
  try {
    const order = { deliver_subject: inbox, chunk_size: PART_BYTES }
    const { config, state } = await askJetStream(wire, {
      subject: jetStream.snapshot(stream),
      what,
      payload: jsonBytes(order),
    })
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
 * Makes a stream with these settings from a snapshot; resolves to the state of the new stream.
 * Rejects with `Refused` when a stream of this name exists, or when the server cannot read the
 * snapshot or has no room for it. Then no stream was made. After any other rejection, the stream
 * may or may not have been made.
 */
export const restoreStream = async (
  wire: NatsWire,
  stream: string,
  backedUp: BackedUp,
  parts: AsyncIterable<Uint8Array>,
): Promise<StreamState> => {
  const what = `the stream ${stream} cannot be restored`
  const subject = jetStream.restore(stream)
  const order = { subject, what, payload: jsonBytes(backedUp) }
  const { deliver_subject: to } = await askJetStream(wire, order)
  if (to === undefined) throw new Error(`${what}: JetStream does not say where to send it`)
  const upload = { subject: to, what }
  for await (const payload of parts) await askJetStream(wire, { ...upload, payload })
  const end = { ...upload, payload: NO_BYTES, timeoutMs: RESTORE_TIMEOUT_MS }
  const { state } = await askJetStream(wire, end)
  if (!state) throw new Error(`${what}: JetStream does not say what is in it now`)
  return state
}

/** The state of a stream. Rejects when the stream does not exist. */
export const stateOf = async (wire: Wire, stream: string): Promise<StreamState> => {
  const what = `the stream ${stream} cannot be looked at`
  const subject = jetStream.streamInfo(stream)
  const { state } = await askJetStream(wire, { subject, what, payload: NO_BYTES })
  if (!state) throw new Error(`${what}: JetStream does not say what is in it`)
  return state
}

/** The names of a stream's durable consumers, in alphabetical order. */
export const durablesOf = async (wire: NatsWire, stream: string): Promise<string[]> => {
  const { consumers } = await jetstreamManager(wire.connection, jetStreamOptions(wire))
  const names: string[] = []
  try {
    for await (const { config } of consumers.list(wire.names.stream(stream))) {
      if (config.durable_name) names.push(config.durable_name)
    }
    return names.sort()
  } catch (cause) {
    const reason = messageOf(cause)
    throw new Error(`the stream ${stream} cannot be backed up: ${reason}`, { cause })
  }
}
