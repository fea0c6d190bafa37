/** Looks into an actor's log: its state, now or at any time past, and its history. */
import { checkId, type EventContext, recordedEvents } from "../../wire/internal.ts"
import {
  Invalid,
  type Message,
  NotFound,
  positionOf,
  schemaCodec,
} from "../../contracts/internal.ts"
import { Schema } from "effect"
import { type AnyActor, replay } from "../actor.ts"
import { asBug } from "./bug.ts"
import { wholeHistory } from "./history.ts"
import type { Journal } from "../journal/journal.ts"

const PAGE = 100
const LARGEST_PAGE = 1_000

const Whole = Schema.Union([Schema.Int, Schema.FiniteFromString]).check(
  Schema.makeFilter((value: number) => Number.isSafeInteger(value) && value >= 0, {
    message: "Expected a whole number, 0 or more",
  }),
)

const stateQuery = schemaCodec(
  Schema.Struct({
    id: Schema.String,
    version: Schema.optionalKey(Whole),
    at: Schema.optionalKey(Schema.String),
  }),
  "the question for a state",
)

const historyQuery = schemaCodec(
  Schema.Struct({
    id: Schema.String,
    after: Schema.optionalKey(Whole),
    limit: Schema.optionalKey(Whole),
  }),
  "the question for a history",
)

interface Recorded {
  readonly event: Message<"event">
  readonly context: EventContext
}

const eventsOf = async (actor: AnyActor, journal: Journal, id: string): Promise<Recorded[]> => {
  const { name } = actor.contract
  const commits = await wholeHistory(journal, name, checkId(id))
  if (commits.every(({ events }) => events.length === 0)) {
    throw new NotFound({ message: `${name} ${id} has no events` })
  }
  try {
    return commits.flatMap((each) => recordedEvents(actor.contract, id, each))
  } catch (error) {
    throw asBug(error)
  }
}

const timeOf = (at: string): number => {
  const time = Date.parse(at)
  if (!Number.isNaN(time)) return time
  throw new Invalid({
    message: "at must be a time such as 2026-11-22T10:00:00Z",
    issues: [{ path: "at", message: "Expected an ISO 8601 time" }],
  })
}

/** The state folded from the log, at a version or a time if asked. Rejects with a `Failure`. */
export const stateAnswer = async (actor: AnyActor, journal: Journal, plain: unknown) => {
  const { id, version, at } = stateQuery.decode(plain)
  const until = at === undefined ? Infinity : timeOf(at)
  const events = await eventsOf(actor, journal, id)
  if (version !== undefined && version > events.length) {
    const message = `${actor.contract.name} ${id} is at version ${events.length}, not ${version}`
    throw new NotFound({ message })
  }
  const past = events.slice(0, version).filter(({ context }) => context.time.getTime() <= until)
  const last = past.at(-1)?.context
  const state = replay(actor, past.map(({ event }) => event))
  return {
    id,
    version: last?.version ?? 0,
    state: actor.state ? actor.state.codec.encode(state) : state,
    ...(last ? { position: last.position, time: last.time.toISOString() } : {}),
  }
}

/** A page of an actor's events with their metadata, oldest first. Rejects with a `Failure`. */
export const historyAnswer = async (actor: AnyActor, journal: Journal, plain: unknown) => {
  const { id, after = 0, limit = PAGE } = historyQuery.decode(plain)
  const events = await eventsOf(actor, journal, id)
  const page = events.slice(after, after + Math.min(Math.max(limit, 1), LARGEST_PAGE))
  const reached = after + page.length
  return {
    id,
    version: events.length,
    events: page.map(({ event, context }) => {
      const { actor: _actor, id: _id, sequence, index: _index, time, ...metadata } = context
      return {
        type: event.type,
        data: actor.contract.codec.plain(event).data,
        ...metadata,
        position: positionOf(actor.contract.context, sequence),
        time: time.toISOString(),
      }
    }),
    ...(reached < events.length ? { next: reached } : {}),
  }
}
