/**
 * The journal over JetStream. A commit is one message; an actor is read by its last message and,
 * from the sequences that this names, its ancestors: the cost does not grow with other actors.
 */
import {
  type Headers,
  jetStream,
  logSubject,
  type Reply,
  type StoredCommit,
  streamName,
  Unavailable,
  type Wire,
} from "../contracts/mod.ts"
import { type Appended, BrokenHistory, type Journal, readCommit } from "./journal.ts"
import { COMMIT_HEADER_BYTES } from "./limits.ts"
import { LogLine } from "./log-line.ts"

const EXPECTED = "Nats-Expected-Last-Subject-Sequence"
/** Wrong last sequence, wrong last sequence (R3, in flight), same message in process. */
const CONFLICTS = new Set([10071, 10164, 10158])
/** No message has this subject or sequence; a missing stream has a code of its own. */
const NO_MESSAGE = 10037
const NOTHING = new Uint8Array()

const utf8 = new TextEncoder()
const text = new TextDecoder()

interface PublishAck {
  readonly seq?: number
  readonly error?: { readonly err_code: number; readonly description: string }
}

interface LeaderAnswer {
  readonly message?: { readonly seq: number; readonly data?: string }
  readonly error?: { readonly err_code: number; readonly description: string }
}

const contextOf = (name: string): string => name.slice(0, name.indexOf("."))

const json = (value: object): Uint8Array => utf8.encode(JSON.stringify(value))

/** How an acknowledgement begins, and how it goes on after the name of the stream. */
const STREAM = '{"stream":"'
const SEQUENCE = utf8.encode('","seq":')
const QUOTE = 34
const ZERO = 48
const NINE = 57
const END = 125

/** The sequence in an acknowledgement as servers write it; 0 where there is more to it. */
const storedSequence = (bytes: Uint8Array): number => {
  let at = bytes.indexOf(QUOTE, STREAM.length)
  if (at < 0) return 0
  for (const byte of SEQUENCE) if (bytes[at++] !== byte) return 0
  let sequence = 0
  for (let byte = bytes[at]!; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) {
    sequence = sequence * 10 + byte - ZERO
  }
  return bytes[at] === END && at === bytes.length - 1 ? sequence : 0
}

const appendedOf = (reply: Reply): Appended => {
  if (reply.type === "no-responders") {
    return { type: "refused", reason: "no stream takes this commit: run the provisioning step" }
  }
  if (reply.type === "too-large") return { type: "refused", reason: "the commit is too large" }
  if (reply.type !== "reply") return { type: "unknown", reason: reply.type }
  const sequence = storedSequence(reply.payload)
  if (sequence > 0) return { type: "stored", sequence }
  const ack: PublishAck = JSON.parse(text.decode(reply.payload))
  if (ack.error) {
    return CONFLICTS.has(ack.error.err_code)
      ? { type: "conflict" }
      : { type: "unknown", reason: ack.error.description }
  }
  return { type: "stored", sequence: ack.seq ?? 0 }
}

const unavailable = (what: string, reason: string) =>
  new Unavailable({ message: `${what} cannot be read: ${reason}`, retryAfterMs: 1_000 })

type Answered = Extract<Reply, { type: "reply" }>

const replyOf = (subject: string, reply: Reply): Answered => {
  if (reply.type === "reply") return reply
  throw unavailable(subject, reply.type)
}

const directCommit = (subject: string, { headers, payload }: Answered) => {
  if (headers.Status === "404") return undefined
  if (headers.Status) throw unavailable(subject, describe(headers))
  return readCommit(payload, Number(headers["Nats-Sequence"]))
}

/** Makes a journal over this wire. */
export const natsJournal = (wire: Wire): Journal => {
  const line = new LogLine(wire)
  const read = async (subject: string, payload: Uint8Array) =>
    replyOf(subject, await new Promise<Reply>((resolve) => line.read(subject, payload, resolve)))

  /**
   * A commit from whichever replica answers; nothing when it has none. One promise, because a
   * new actor is woken by this alone.
   */
  const direct = (subject: string, payload: Uint8Array): Promise<StoredCommit | undefined> =>
    new Promise((resolve, reject) =>
      line.read(subject, payload, (reply) => {
        try {
          resolve(directCommit(subject, replyOf(subject, reply)))
        } catch (error) {
          reject(error)
        }
      })
    )

  /** A commit from the stream's leader; nothing when there is none. */
  const fromLeader = async (stream: string, query: object): Promise<StoredCommit | undefined> => {
    const { payload } = await read(jetStream.leaderGet(stream), json(query))
    const { message, error }: LeaderAnswer = JSON.parse(text.decode(payload))
    if (error?.err_code === NO_MESSAGE) return undefined
    if (!message) throw unavailable(stream, error?.description ?? "no message was answered")
    const bytes = Uint8Array.from(atob(message.data ?? ""), (char) => char.charCodeAt(0))
    return readCommit(bytes, message.seq)
  }

  const bySequence = async (stream: string, sequence: number): Promise<StoredCommit> => {
    const found = await direct(jetStream.directGet(stream), json({ seq: sequence })) ??
      await fromLeader(stream, { seq: sequence })
    if (found) return found
    throw new BrokenHistory(
      `the commit at ${sequence} of the stream ${stream} is missing, though a later one names it ` +
        "as its ancestor: restore the stream",
    )
  }

  return {
    append: (name, id, expected, commit, timeoutMs, done) =>
      line.request(
        logSubject(name, id),
        commit,
        { [EXPECTED]: String(expected) },
        timeoutMs,
        (reply) => done(appendedOf(reply)),
      ),
    tail: (name, id, { fresh }) => {
      const stream = streamName(contextOf(name))
      const subject = logSubject(name, id)
      return fresh
        ? fromLeader(stream, { last_by_subj: subject })
        : direct(jetStream.directLast(stream, subject), NOTHING)
    },
    commits: (name, sequences) => {
      const stream = streamName(contextOf(name))
      return Promise.all(sequences.map((sequence) => bySequence(stream, sequence)))
    },
    readsProve: () => line.untroubled,
    maxCommitBytes: () => wire.maxPayload() - COMMIT_HEADER_BYTES,
  }
}

const describe = (headers: Headers): string => `${headers.Status} ${headers.Description ?? ""}`
