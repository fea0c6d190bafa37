/** A rehearsal: what an actor would decide about a command, at any version; nothing is stored. */
import { type Message, messageOf, NotFound, plainForm } from "../../../contracts/internal.ts"
import { checkId } from "../../../wire/internal.ts"
import type { AnyActor, DecideMeta } from "../../actor.ts"
import type { Journal } from "../../journal/journal.ts"
import type { Snapshots } from "../../journal/snapshots.ts"
import { COMMAND_EVENTS, READS } from "../../limits.ts"
import { ActorLog } from "./actor-log.ts"
import { RecentStates } from "./recent-states.ts"
import { type StateAt, StateReader } from "./state-reader.ts"

/** What is rehearsed. */
export interface RehearsalOptions {
  readonly journal: Journal
  readonly snapshots: Snapshots
  readonly actor: AnyActor
  readonly id: string
  readonly command: string
  /** The plain fields of the command. */
  readonly fields: unknown
  /** The version at which it is decided; today's by default. */
  readonly version?: number | undefined
  /** On whose behalf. */
  readonly principal?: string | undefined
}

/** An event that would follow, in its plain form. */
export interface PlainEvent {
  readonly type: string
  readonly data: unknown
}

/** What would come of a command. */
export type Rehearsed =
  | { readonly kind: "accepted"; readonly events: readonly PlainEvent[]; readonly after: unknown }
  | { readonly kind: "rejection"; readonly type: string; readonly data: unknown }
  /** The handler failed: a bug, which the caller of the real command would get as `Internal`. */
  | { readonly kind: "bug"; readonly message: string }

/** What would come of a command, and the state in which it was decided. */
export interface Rehearsal {
  readonly version: number
  /** The position of the last event before it; absent before the first event. */
  readonly position?: string
  readonly before: unknown
  readonly outcome: Rehearsed
}

const plainState = (actor: AnyActor, state: unknown): unknown =>
  actor.state ? actor.state.codec.encode(state) : plainForm(state)

/** The state in which the command is decided. The initial one, if the actor has no events. */
const stateOf = async ({ journal, snapshots, actor, id, version }: RehearsalOptions) => {
  const { name } = actor.contract
  const first: StateAt = { state: actor.initial, version: 0, latest: -Infinity }
  if (version === 0) return first
  const log = new ActorLog(journal, name, checkId(id), {
    until: Date.now() + READS.longestMs,
    bytes: READS.bytes,
  })
  const known = { snapshots, recent: new RecentStates(), resident: undefined }
  await journal.learnSkips(name)
  try {
    return await new StateReader(actor, log, known).read({ version })
  } catch (error) {
    if (error instanceof NotFound && version === undefined) return first
    throw error
  }
}

const metaOf = ({ id, principal }: RehearsalOptions, version: number): DecideMeta => {
  const commandId = crypto.randomUUID()
  return {
    ...{ id, version, commandId, correlation: commandId, now: new Date() },
    ...(principal === undefined ? {} : { principal, claims: {} }),
    newId: () => crypto.randomUUID(),
    random: () => Math.random(),
  }
}

const decided = (
  actor: AnyActor,
  state: unknown,
  command: Message<"command">,
  meta: DecideMeta,
): Rehearsed => {
  const { codec } = actor.contract
  try {
    const outcome = actor.decide(state, command, meta)
    if ("kind" in outcome) {
      const { type, data } = codec.plain(outcome)
      return { kind: "rejection", type, data }
    }
    if (outcome.length > COMMAND_EVENTS) {
      const message = `it gives ${outcome.length} events; a command has at most ${COMMAND_EVENTS}`
      return { kind: "bug", message }
    }
    let after = state
    const events = outcome.map((event): PlainEvent => {
      const plain = codec.plain(event)
      after = actor.evolve(after, codec.reread(plain))
      return { type: plain.type, data: plain.data }
    })
    return { kind: "accepted", events, after: plainState(actor, after) }
  } catch (error) {
    return { kind: "bug", message: messageOf(error) }
  }
}

/**
 * Decides a command by this program's handlers, at today's state or at a past one, and stores
 * nothing. Time, new ids and random numbers are of now, so they differ from call to call. Rejects
 * with `Invalid` for fields that do not fit, and with `NotFound` for a version that is not there.
 */
export const rehearse = async (options: RehearsalOptions): Promise<Rehearsal> => {
  const { actor, command, fields } = options
  const message = actor.contract.codec.command(command, fields)
  const { state, version, position } = await stateOf(options)
  return {
    version,
    ...(position === undefined ? {} : { position }),
    before: plainState(actor, state),
    outcome: decided(actor, state, message, metaOf(options, version)),
  }
}
