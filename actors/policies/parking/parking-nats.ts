/**
 * Parking in the stream that keeps the timers of a context. No consumer reads these subjects, so a
 * message stays until it is unparked.
 */
import { Schema } from "effect"
import {
  decodeOwn,
  decodeText,
  encode,
  type Headers,
  jetStream,
  lastFromLeader,
  type NatsWire,
  NO_HEADERS,
  parkedSubject,
  parkedSubjects,
  requestOf,
  timerStreamName,
} from "../../../wire/internal.ts"
import {
  contextOf,
  digest,
  type SchemaCodec,
  schemaCodec,
  Unavailable,
} from "../../../contracts/internal.ts"
import {
  inOrder,
  type NotedRejection,
  type ParkedPlace,
  type ParkedWork,
  type Parking,
} from "./parking.ts"
import { POLICY, REQUESTS } from "../../limits.ts"

const LOGS = "evt."

const Fields = Schema.Struct({
  what: Schema.String,
  reason: Schema.String,
  behind: Schema.Boolean,
  attempts: Schema.Number,
  sinceMs: Schema.Number,
  parkedMs: Schema.Number,
  done: Schema.Array(Schema.String),
  ask: Schema.optional(Schema.String),
  failed: Schema.optional(Schema.String),
  again: Schema.optional(Schema.String),
  followed: Schema.optional(Schema.Boolean),
  /** The operator who discarded it. */
  by: Schema.optional(Schema.String),
})

const Noted = Schema.Struct({
  type: Schema.String,
  data: Schema.Unknown,
  atMs: Schema.Number,
})

const codec = schemaCodec(Fields, "parked work")

const notes: SchemaCodec<NotedRejection> = schemaCodec(Noted, "a noted rejection")

/** The token of notes, where parked work has its kind. So lists of parked work leave notes out. */
const NOTES = "rejected"

/** The subject of a note. A command's id has characters that a token cannot have. */
const noteSubject = (policy: string, commandId: string): string =>
  parkedSubject(policy, `${NOTES}.${digest(commandId)}`)

const subjectOf = (
  { policy, kind, of, at }: ParkedPlace,
  state?: "parked" | "discarded",
): string => {
  const tokens = kind === "event" ? of.slice(LOGS.length) : of
  return parkedSubject(policy, `${kind}.${tokens}.${at}`, state)
}

/** The place of a subject; undefined for one that `subjectOf` never makes. */
const placeOf = (subject: string): ParkedPlace | undefined => {
  const [, context, , local, kind, ...rest] = subject.split(".")
  const at = Number(rest.pop())
  if ((kind !== "event" && kind !== "timer") || rest.length === 0 || !Number.isSafeInteger(at)) {
    return undefined
  }
  const of = kind === "event" ? LOGS + rest.join(".") : rest.join(".")
  return { policy: `${context}.${local}`, kind, of, at }
}

/** What the JetStream API answers in any case. */
interface ApiResponse {
  readonly error?: { readonly err_code: number; readonly description: string }
}

interface StreamInfo extends ApiResponse {
  readonly total?: number
  readonly state?: { readonly subjects?: { readonly [subject: string]: number } }
}

/** The subjects of a stream that match a filter. Rejects with `Unavailable`. */
export const subjectsIn = async (
  wire: NatsWire,
  stream: string,
  filter: string,
): Promise<readonly string[]> => {
  const found: string[] = []
  for (;;) {
    const wanted = wire.names.subject(filter)
    const query = encode("json", { subjects_filter: wanted, offset: found.length })
    const { state, total = 0, error } = await answered<StreamInfo>(
      wire,
      `reading the stream ${stream}`,
      jetStream.streamInfo(stream),
      query,
    )
    if (error) {
      throw new Unavailable({ message: `the stream ${stream}: ${error.description}` })
    }
    const page = Object.keys(state?.subjects ?? {})
    found.push(...page.map((subject) => wire.names.logical(subject)))
    if (page.length === 0 || found.length >= total) return found
  }
}

/** Beyond every subject, so that the server lists none and only counts them. */
const NO_PAGE = 2 ** 31 - 1

/** How many subjects of a stream match a filter. Rejects with `Unavailable`. */
export const countIn = async (wire: NatsWire, stream: string, filter: string): Promise<number> => {
  const wanted = wire.names.subject(filter)
  const query = encode("json", { subjects_filter: wanted, offset: NO_PAGE })
  const what = `reading the stream ${stream}`
  const { total = 0, error } = await answered<StreamInfo>(
    wire,
    what,
    jetStream.streamInfo(stream),
    query,
  )
  if (error) throw new Unavailable({ message: `the stream ${stream}: ${error.description}` })
  return total
}

const answered = async <A extends ApiResponse>(
  wire: NatsWire,
  what: string,
  subject: string,
  payload: Uint8Array,
  headers: Headers = NO_HEADERS,
): Promise<A> => {
  const reply = await requestOf(wire, subject, payload, headers, REQUESTS.workMs)
  if (reply.type === "reply") return JSON.parse(decodeText(reply.payload))
  const reason = reply.type === "no-responders" ? "no stream takes it" : reply.type
  throw new Unavailable({ message: `${what} is not known to be done: ${reason}` })
}

const done = async (...asked: Parameters<typeof answered>): Promise<void> => {
  const { error } = await answered(...asked)
  if (error) throw new Unavailable({ message: `${asked[1]} was refused: ${error.description}` })
}

const keep = async (
  wire: NatsWire,
  work: ParkedWork & { readonly by?: string },
  state: "parked" | "discarded",
): Promise<void> => {
  const { policy, kind, of, at, ...fields } = work
  const subject = subjectOf({ policy, kind, of, at }, state)
  const bytes = encode("json", codec.encode(fields))
  await done(wire, `parking for ${policy}`, subject, bytes, { "Nats-Rollup": "sub" })
}

const forget = async (wire: NatsWire, context: string, subject: string): Promise<void> => {
  const filter = encode("json", { filter: wire.names.subject(subject) })
  await done(wire, `removing ${subject}`, jetStream.purge(timerStreamName(context)), filter)
}

const lastOf = (wire: NatsWire, context: string, subject: string) => {
  const stream = timerStreamName(context)
  const timeoutMs = REQUESTS.workMs
  return lastFromLeader(wire, { stream, subject, what: `the stream ${stream}`, timeoutMs })
}

const readNote = async (
  wire: NatsWire,
  context: string,
  subject: string,
): Promise<NotedRejection | undefined> => {
  const message = await lastOf(wire, context, subject)
  return message && notes.decode(decodeOwn("json", message.payload))
}

/** Keeps parked work over this wire. */
export const natsParking = (wire: NatsWire): Parking => ({
  park: (work) => keep(wire, work, "parked"),
  unpark: (place) => forget(wire, contextOf(place.policy), subjectOf(place)),
  discard: async (work, by) => {
    await keep(wire, { ...work, by }, "discarded")
    await forget(wire, contextOf(work.policy), subjectOf(work))
  },
  places: async (context) => {
    const stream = timerStreamName(context)
    const subjects = await subjectsIn(wire, stream, parkedSubjects(context))
    return subjects.flatMap((subject) => placeOf(subject) ?? []).toSorted(inOrder)
  },
  read: async (place) => {
    const message = await lastOf(wire, contextOf(place.policy), subjectOf(place))
    const work: Omit<ParkedWork, keyof ParkedPlace> | undefined = message &&
      codec.decode(decodeOwn("json", message.payload))
    return work && { ...place, ...work }
  },
  note: async (policy, commandId, rejection) => {
    const bytes = encode("json", notes.encode(rejection))
    const subject = noteSubject(policy, commandId)
    await done(wire, `noting a rejection for ${policy}`, subject, bytes, { "Nats-Rollup": "sub" })
  },
  noted: (policy, commandId) => readNote(wire, contextOf(policy), noteSubject(policy, commandId)),
  forget: (policy, commandId) => forget(wire, contextOf(policy), noteSubject(policy, commandId)),
  forgetBefore: async (policy, timeMs) => {
    const context = contextOf(policy)
    const all = await subjectsIn(
      wire,
      timerStreamName(context),
      parkedSubject(policy, `${NOTES}.*`),
    )
    const subjects = all.slice(0, POLICY.notesRead)
    for (let from = 0; from < subjects.length; from += REQUESTS.timersAtOnce) {
      await Promise.all(
        subjects.slice(from, from + REQUESTS.timersAtOnce).map(async (subject) => {
          const noted = await readNote(wire, context, subject)
          if (noted && noted.atMs < timeMs) await forget(wire, context, subject)
        }),
      )
    }
  },
})
