/** A policy's command by names and plain fields, with its metadata: sent now, or by a timer. */
import { Schema } from "effect"
import {
  contextOf,
  Forbidden,
  isFailure,
  NotFound,
  type SchemaCodec,
  schemaCodec,
} from "../../contracts/internal.ts"
import {
  type Client,
  decodeOwn,
  encode,
  type EventMeta,
  followingMetadata,
  limited,
  lineFields,
  type PlainRejection,
  reportWarning,
} from "../../wire/internal.ts"
import { EARLIER } from "../limits.ts"
import { metadataFields } from "./metadata-fields.ts"
import type { Ask } from "../reaction.ts"

const Fields = Schema.Struct({
  /** The contract's name. */
  name: Schema.String,
  id: Schema.String,
  type: Schema.String,
  data: Schema.Unknown,
  commandId: Schema.String,
  /** When it may have been sent first, in milliseconds since 1970; absent if it was not sent. */
  askedSince: Schema.optional(Schema.Number),
  /** Whether the handler returned without waiting. Then it can be called again at any time. */
  atOnce: Schema.optional(Schema.Boolean),
  /** When a recurring timer fired, before it was suspended. */
  suspended: Schema.optional(Schema.Union([
    Schema.Struct({ everyMs: Schema.Number }),
    Schema.Struct({ cron: Schema.String, zone: Schema.String }),
  ])),
  ...metadataFields,
})

/** A command that can be sent without its policy and its contract. */
export type PlainAsk = typeof Fields.Type

const codec: SchemaCodec<PlainAsk> = schemaCodec(Fields, "the ask of a timer")

/** The plain form of an ask that follows from an event. Throws `Invalid` for wrong fields. */
export const plainAsk = (
  { contract, id, command }: Ask,
  event: EventMeta,
  commandId: string,
  askedSince?: number,
): PlainAsk => {
  const { type, data } = contract.codec.plain(command)
  const metadata = followingMetadata(event, event.position)
  const since = askedSince === undefined ? {} : { askedSince }
  return { name: contract.name, id, type, data, commandId, ...since, ...metadata }
}

/** The same ask under this trace context, if there is one. */
export const inTrace = (ask: PlainAsk, trace: string | undefined): PlainAsk =>
  trace === undefined ? ask : { ...ask, traceparent: trace }

/** The contracts that actors of this application decide for, by name. */
export type KnownContracts = ReadonlySet<string>

/** Whom the policies of an application can ask. */
interface Whom {
  readonly contracts?: KnownContracts | undefined
  /** The contexts whose logs it only follows. */
  readonly followed?: readonly string[] | undefined
}

/**
 * Rejects with `NotFound` for a contract that this application has no longer. Nobody would answer,
 * and that looks like an outage. Rejects with `Forbidden` for a contract in a context that it only
 * follows. Contracts of other applications' contexts are not judged.
 */
const checkKnown = (name: string, known: KnownContracts, followed: readonly string[]): void => {
  if (known.has(name)) return
  const context = contextOf(name)
  if (followed.includes(context)) {
    throw new Forbidden({
      message:
        `this application only follows ${context}, so its policies send nothing to ${name}: ` +
        "call the other application as its client does, from an asynchronous handler",
    })
  }
  for (const each of known) {
    if (contextOf(each) !== context) continue
    throw new NotFound({ message: `this application has no actor ${name}` })
  }
}

/** Limited, because a policy that reacts differently to events that come again has many of them. */
const warn = limited(reportWarning, { burst: 5, everyMs: 60_000 })

/**
 * Sends an ask as a policy does. Resolves when it is answered, to the rejection if it is one. A
 * rejection is an answer, and so is `CommandIdReused`: only the same reaction to the same event has
 * this id, so it was carried out before, as the policy wanted it then.
 */
export const sendAsk = async (
  client: Client,
  ask: PlainAsk,
  { contracts, followed = [] }: Whom = {},
): Promise<PlainRejection | undefined> => {
  const { name, id, type, data, atOnce: _atOnce, suspended: _suspended, ...options } = ask
  if (contracts) checkKnown(name, contracts, followed)
  try {
    const patience = options.askedSince === undefined ? {} : { timeoutMs: EARLIER.timeoutMs }
    const all = { ...options, ...patience, trusted: true }
    const answer = await client.askPlain(name, id, type, data, all)
    return answer.kind === "rejection" ? answer : undefined
  } catch (error) {
    if (!isFailure(error) || error._tag !== "CommandIdReused") throw error
    const what = `${type} of ${name} ${id} was asked before as ${ask.commandId}, with other fields`
    warn(`${what}: what was asked first holds`, lineFields(ask.commandId, ask.correlation))
    return undefined
  }
}

/** The bytes of an ask: JSON, so that people can read what a timer is for. */
export const encodeAsk = (ask: PlainAsk): Uint8Array => encode("json", codec.encode(ask))

/** Reads an ask. Throws `Malformed` or `Invalid` for other bytes. */
export const decodeAsk = (bytes: Uint8Array): PlainAsk => codec.decode(decodeOwn("json", bytes))

/** Reads an ask; undefined for other bytes. */
export const readableAsk = (bytes: Uint8Array): PlainAsk | undefined => {
  try {
    return decodeAsk(bytes)
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}
