/** Skips over JetStream: reads and appends records in the log that they are about. */
import { Unavailable } from "../../contracts/internal.ts"
import { jetStream, skipsSubject, streamName } from "../address.ts"
import type { LogMessage } from "../log/log-message.ts"
import { encodeSkips, type Skip, type Skips, SkipsReader } from "../skip.ts"
import { type Answered, type Headers, NO_HEADERS, type Reply } from "../wire.ts"
import { EXPECTED_SEQUENCE, leaderMessage } from "./leader-read-nats.ts"
import type { NatsWire } from "./wire-nats.ts"
import { decodeText, encodeText, NO_BYTES } from "../bytes.ts"

const WITHIN_MS = 5_000

interface Acknowledgement {
  readonly seq?: number
  readonly error?: { readonly description: string }
}

type Connected = Pick<NatsWire, "request" | "names">

const requested = async (
  wire: Connected,
  stream: string,
  subject: string,
  payload: Uint8Array,
  headers: Headers = NO_HEADERS,
): Promise<Answered> => {
  const reply = await new Promise<Reply>((resolve) =>
    wire.request(subject, payload, headers, WITHIN_MS, resolve)
  )
  if (reply.type === "reply") return reply
  throw new Unavailable({ message: `nobody answers for the stream ${stream}: ${reply.type}` })
}

const parsed = <T>({ payload }: Answered): T => JSON.parse(decodeText(payload))

/** The first message of a subject from this sequence on; undefined if the log ends before it. */
const nextMessage = async (
  wire: Connected,
  context: string,
  subject: string,
  from: number,
): Promise<LogMessage | undefined> => {
  const query = encodeText(JSON.stringify({
    seq: from,
    next_by_subj: subject === ">" ? subject : wire.names.subject(subject),
  }))
  const stream = streamName(context)
  const { payload } = await requested(wire, stream, jetStream.leaderGet(stream), query)
  const message = leaderMessage(`the log of ${context}`, payload)
  return message && { ...message, subject: wire.names.logical(message.subject) }
}

/** The message of a log at a sequence; undefined if the log has no such message. */
export const logMessageAt = async (
  wire: Connected,
  context: string,
  sequence: number,
): Promise<LogMessage | undefined> => {
  const found = await nextMessage(wire, context, ">", sequence)
  return found?.sequence === sequence ? found : undefined
}

/** The messages of a subject of a log in order, read from the log's leader. */
export async function* logMessages(
  wire: Connected,
  context: string,
  subject: string,
): AsyncGenerator<LogMessage> {
  let message = await nextMessage(wire, context, subject, 1)
  while (message) {
    yield message
    message = await nextMessage(wire, context, subject, message.sequence + 1)
  }
}

/** Reads skip records from any replica. It needs no permission to read the rest of the log. */
const skipsReader = (wire: Connected): SkipsReader =>
  new SkipsReader(async (context, record) => {
    const subject = jetStream.directLast(streamName(context), skipsSubject(context, record))
    const reply = await requested(wire, streamName(context), subject, NO_BYTES)
    const { headers, payload } = reply
    if (headers.Status === "404") return undefined
    if (headers.Status) {
      const reason = `${headers.Status} ${headers.Description ?? ""}`
      throw new Unavailable({ message: `the log of ${context} cannot be read: ${reason}` })
    }
    return { sequence: Number(headers["Nats-Sequence"]), payload }
  })

/** Reads the skips of a log over this wire. */
export const natsSkips = (wire: Connected): Skips => skipsReader(wire)

/**
 * Records that messages of a context are stepped over, and resolves to the sequence of the record.
 * Rejects with `Unavailable`, also if another record was added meanwhile: read the records again.
 */
export const appendSkips = async (
  wire: Connected,
  context: string,
  skips: readonly Skip[],
): Promise<number> => {
  const reader = skipsReader(wire)
  await reader.read(context)
  const subject = skipsSubject(context, reader.records(context) + 1)
  const acknowledgement: Acknowledgement = parsed(
    await requested(wire, streamName(context), subject, encodeSkips(skips), {
      [EXPECTED_SEQUENCE]: "0",
    }),
  )
  if (acknowledgement.seq) return acknowledgement.seq
  const reason = acknowledgement.error?.description ?? "it was not acknowledged"
  throw new Unavailable({ message: `nothing was recorded in the log of ${context}: ${reason}` })
}
