/**
 * The journal over JetStream. A commit is one message. An actor is read by its last message, which
 * names the sequences of its ancestors, so the cost does not grow with the number of other actors.
 */
import {
  type Answered,
  decodeText,
  encodeText,
  EXPECTED_SEQUENCE,
  type Headers,
  jetStream,
  JETSTREAM_ERROR,
  leaderMessage,
  type LogMessage,
  logsSubject,
  logSubject,
  natsSkips,
  type NatsWire,
  NO_BYTES,
  type Reply,
  type StoredCommit,
  streamName,
} from "../../wire/internal.ts"
import { contextOf, Unavailable } from "../../contracts/internal.ts"
import { NatsStorage } from "./storage-nats.ts"
import {
  type Appended,
  BrokenHistory,
  type Journal,
  type Meter,
  type PlainJournal,
  readCommit,
} from "./journal.ts"
import { APPENDS, COMMIT_HEADER_BYTES } from "../limits.ts"
import { AppendWatch } from "./append-watch.ts"
import { LogLine } from "./log-line.ts"
import { LogPresence, watchPresence } from "./log-presence.ts"
import { SkippingJournal } from "./skipping-journal.ts"

const CONFLICTS: ReadonlySet<number> = new Set([
  JETSTREAM_ERROR.wrongLastSequence,
  JETSTREAM_ERROR.wrongLastSequenceUnknown,
  JETSTREAM_ERROR.duplicateInProcess,
])
const FULL = "give its nats-server more room and restart it"
/** Codes of errors after which nothing is stored, each with what to do about it. */
const REFUSALS: { readonly [code: number]: string } = {
  [JETSTREAM_ERROR.noResources]: `the storage of NATS is full, ${FULL}`,
  [JETSTREAM_ERROR.noMemory]: `the storage of NATS is full, ${FULL}`,
  [JETSTREAM_ERROR.notEnabledForAccount]: "JetStream is not enabled for this account",
  [JETSTREAM_ERROR.noStorage]: `the storage of NATS is full, ${FULL}`,
  [JETSTREAM_ERROR.messageTooLarge]: "raise the limit on the size of messages of the stream",
  [JETSTREAM_ERROR.notEnabled]:
    "JetStream is off: start its nats-server with JetStream, or look in its log for the reason",
  [JETSTREAM_ERROR.storeFailed]:
    "its stream is full, being restored, or cannot be written: see its limits and restores",
}
interface PublishAck {
  readonly seq?: number
  readonly error?: { readonly err_code: number; readonly description: string }
}

const json = (value: object): Uint8Array => encodeText(JSON.stringify(value))

/** The beginning of an acknowledgement, and what follows the name of the stream in it. */
const STREAM = '{"stream":"'
const SEQUENCE = encodeText('","seq":')
const QUOTE = 34
const ZERO = 48
const NINE = 57
const END = 125

/** The sequence in an acknowledgement as servers write it; 0 if it has any other form. */
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
  const { error, seq = 0 }: PublishAck = JSON.parse(decodeText(reply.payload))
  if (!error) return { type: "stored", sequence: seq }
  if (CONFLICTS.has(error.err_code)) return { type: "conflict" }
  const advice = REFUSALS[error.err_code]
  return advice === undefined ? { type: "unknown", reason: error.description } : {
    type: "refused",
    reason: `${error.description}: ${advice}`,
    retryAfterMs: APPENDS.retryAfterMs,
  }
}

const unavailable = (what: string, reason: string) =>
  new Unavailable({ message: `${what} cannot be read: ${reason}`, retryAfterMs: 1_000 })

const lostError = (message: string) =>
  new Unavailable({ message, retryAfterMs: APPENDS.retryAfterMs })

/** Whether JetStream answers that it has no such stream. */
const isWithoutStream = (payload: Uint8Array): boolean => {
  // Only then is the answer as short as this; others hold a message.
  if (payload.length > 1_024) return false
  const { error }: PublishAck = JSON.parse(decodeText(payload))
  return error?.err_code === JETSTREAM_ERROR.noStream
}

const replyOf = (subject: string, reply: Reply): Answered => {
  if (reply.type === "reply") return reply
  throw unavailable(subject, reply.type)
}

const directCommit = (subject: string, { headers, payload }: Answered, meter?: Meter) => {
  if (headers.Status === "404") return undefined
  if (headers.Status) throw unavailable(subject, describe(headers))
  if (meter) meter.bytes += payload.length
  return readCommit(payload, Number(headers["Nats-Sequence"]))
}

/** The log of one context. It has a line of its own, because each stream has its own leader. */
class ContextLog {
  readonly line: LogLine
  readonly watch: AppendWatch
  readonly presence: LogPresence
  readonly #stream: string
  readonly #names: NatsWire["names"]

  constructor(wire: NatsWire, context: string) {
    this.#names = wire.names
    this.line = new LogLine(wire, { clustered: wire.connection.info?.cluster !== undefined })
    this.#stream = streamName(context)
    this.watch = new AppendWatch(this.#stream)
    const read = async (query: object) => await this.#leaderMessage(query, true)
    this.presence = new LogPresence(context, {
      last: () => read({ last_by_subj: this.#names.subject(logsSubject(context)) }),
      at: (sequence) => read({ seq: sequence }),
    })
  }

  /** What is wrong with the log; undefined while it takes commits and is all there. */
  get trouble(): string | undefined {
    return this.presence.lost ?? this.watch.trouble
  }

  append(
    subject: string,
    expected: number,
    commit: Uint8Array,
    timeoutMs: number,
    done: (appended: Appended) => void,
  ): void {
    const { lost } = this.presence
    if (lost !== undefined) {
      return done({ type: "refused", reason: lost, retryAfterMs: APPENDS.retryAfterMs })
    }
    const headers = { [EXPECTED_SEQUENCE]: String(expected) }
    this.line.request(subject, commit, headers, timeoutMs, (reply, sentMs) => {
      const appended = appendedOf(reply)
      if (appended.type === "stored") {
        this.line.stored(sentMs)
        this.watch.stored()
      } else if (reply.type === "timeout") this.watch.silent(timeoutMs)
      else if (appended.type === "refused" && reply.type !== "too-large") {
        this.watch.refused(appended.reason)
      }
      done(appended)
    })
  }

  /** The last commit of a subject: from the leader if `fresh`, otherwise from any replica. */
  last(subject: string, fresh: boolean, meter?: Meter): Promise<StoredCommit | undefined> {
    if (fresh) return this.#fromLeader({ last_by_subj: this.#names.subject(subject) }, meter)
    return this.#direct(jetStream.directLast(this.#stream, subject), NO_BYTES, meter)
  }

  /** The first commit of a subject at or after a sequence. */
  async from(subject: string, sequence: number, meter?: Meter): Promise<StoredCommit | undefined> {
    const next = this.#names.subject(subject)
    const query = { seq: Math.max(sequence, 1), next_by_subj: next }
    return await this.#direct(jetStream.directGet(this.#stream), json(query), meter) ??
      await this.#fromLeader(query, meter)
  }

  async commit(sequence: number, meter?: Meter): Promise<StoredCommit> {
    const query = { seq: sequence }
    // The first message from there on: its sequence shows whether the leader has later ones.
    const found = await this.#direct(jetStream.directGet(this.#stream), json(query), meter) ??
      await this.#fromLeader({ ...query, next_by_subj: ">" }, meter)
    if (found?.sequence === sequence) return found
    const missing = `the commit at ${sequence} of the stream ${this.#stream} is missing`
    // The caller read this sequence elsewhere, so a leader whose log ends before it was cut off.
    if (!found) throw unavailable(this.#stream, `${missing}, because its leader is behind`)
    throw new BrokenHistory(
      `${missing}, but a later one names it as its ancestor: restore the stream`,
    )
  }

  /**
   * A commit from any replica; undefined if that replica has no such commit. It makes one promise
   * only, because this read is all that waking a new actor costs.
   */
  #direct(
    subject: string,
    payload: Uint8Array,
    meter?: Meter,
  ): Promise<StoredCommit | undefined> {
    return new Promise((resolve, reject) => {
      const { lost } = this.presence
      if (lost !== undefined) return reject(lostError(lost))
      this.line.read(subject, payload, (reply) => {
        try {
          resolve(directCommit(subject, replyOf(subject, reply), meter))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** A commit from the stream's leader; undefined if the leader has no such commit. */
  async #fromLeader(query: object, meter?: Meter): Promise<StoredCommit | undefined> {
    const { lost } = this.presence
    if (lost !== undefined) throw lostError(lost)
    const message = await this.#leaderMessage(query)
    if (!message) return undefined
    if (meter) meter.bytes += message.payload.length
    return readCommit(message.payload, message.sequence)
  }

  /** A message from the leader. `missing` allows the stream to be missing, like the message. */
  async #leaderMessage(query: object, missing = false): Promise<LogMessage | undefined> {
    const subject = jetStream.leaderGet(this.#stream)
    const reply = await new Promise<Reply>((resolve) =>
      this.line.read(subject, json(query), resolve)
    )
    const { payload } = replyOf(subject, reply)
    if (missing && isWithoutStream(payload)) return undefined
    return leaderMessage(this.#stream, payload)
  }
}

/** Makes a journal over this wire. */
export const natsJournal = (wire: NatsWire): Journal => {
  const logs = new Map<string, ContextLog>()
  const storage = new NatsStorage(wire)
  wire.onStatus((connected) => {
    if (connected) { for (const { watch } of logs.values()) watch.reconnected() }
  })
  const logIn = (context: string): ContextLog => {
    const known = logs.get(context)
    if (known) return known
    const log = new ContextLog(wire, context)
    logs.set(context, log)
    return log
  }
  const logOf = (name: string): ContextLog => logIn(contextOf(name))
  const inner: PlainJournal = {
    append: (name, id, expected, commit, timeoutMs, done) =>
      logOf(name).append(logSubject(name, id), expected, commit, timeoutMs, done),
    tail: (name, id, { fresh, meter }) => logOf(name).last(logSubject(name, id), fresh, meter),
    from: (name, id, sequence, meter) => logOf(name).from(logSubject(name, id), sequence, meter),
    commits: (name, sequences, meter) => {
      const log = logOf(name)
      return Promise.all(sequences.map((sequence) => log.commit(sequence, meter)))
    },
    troubles: () =>
      [...logs.values()].map(({ trouble }) => trouble).filter((each) => each !== undefined),
    watch: (contexts) => watchPresence(contexts.map((context) => logIn(context).presence)),
    warnings: () => storage.warnings(),
    readsProve: (name) => logOf(name).line.readsProve,
    maxCommitBytes: () => wire.maxPayload() - COMMIT_HEADER_BYTES,
  }
  return new SkippingJournal(inner, natsSkips(wire))
}

const describe = (headers: Headers): string => `${headers.Status} ${headers.Description ?? ""}`
