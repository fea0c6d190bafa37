/** `leftfold parked [NAME]`: the parked events and timers, and why they are parked. */
import { Option } from "effect"
import { Argument, Command } from "effect/cli"
import { positionOf } from "../contracts/internal.ts"
import {
  contextsOf,
  listParked,
  type NotedMessage,
  type ParkedEvent,
  shownKey,
} from "../projections/internal.ts"
import { shownSubject } from "../wire/internal.ts"
import { parkingOf } from "./application.ts"
import { atWork, json, type Workplace } from "./leftfold.ts"
import { LISTED } from "./limits.ts"
import { policyNamed, printWorks, worksJson, worksOf } from "./policies/policy-work.ts"
import { counted, printJson, printLine, printTable } from "./print.ts"
import { name } from "./rebuild.ts"

/** The parked events of one generation, as far as they are listed. */
interface Waiting {
  readonly projection: string
  readonly generation: number
  readonly events: readonly ParkedEvent[]
  readonly leftOut: number
}

/** Reads the parked events of each projection, up to the limits in `LISTED`. */
const waiting = async (
  store: Workplace["store"],
  projections: readonly { readonly name: string }[],
): Promise<readonly Waiting[]> => {
  const found: Waiting[] = []
  for (const { name: projection } of projections) {
    const listed = await listParked(store, projection, LISTED.parked)
    found.push(...listed.map(({ generation, ...rest }) => {
      return { projection, generation: generation.number, ...rest }
    }))
  }
  return found
}

/** Whether a name is that of a policy and of no view. */
const isPolicy = ({ app }: Workplace, name: string): boolean =>
  !app.projections.some((each) => each.name === name || each.local === name) &&
  policyNamed(app, name) !== undefined

const list = async (
  place: Workplace,
  name: string | undefined,
  asJson: boolean,
): Promise<void> => {
  const { app } = place
  if (name !== undefined && isPolicy(place, name)) {
    const { works, leftOut } = await worksOf(place, policyNamed(app, name))
    if (asJson) return printJson([...worksJson(works), ...leftOutJson(leftOut)])
    if (works.length === 0) return printLine("nothing is parked")
    return printWorks(works, leftOut)
  }
  const works = app.policies.length === 0 || name !== undefined
    ? { works: [], leftOut: 0 }
    : await worksOf(place)
  await listViews(place, name, asJson, works)
}

/** Everything that is parked in views and policies, as a console lists it. */
export const parkedJson = async (place: Workplace) => {
  const { app, store } = place
  const views = await waiting(store, app.projections)
  const { works, leftOut } = app.policies.length === 0
    ? { works: [], leftOut: 0 }
    : await worksOf(place)
  return {
    views: views.flatMap(({ projection, generation, events }) =>
      events.toSorted(byKey).map(({ context, sequence, ...event }) => ({
        ...{ projection, generation, position: positionOf(context, sequence) },
        ...event,
      }))
    ),
    policies: worksJson(works),
    leftOut: views.reduce((sum, { leftOut }) => sum + leftOut, leftOut),
  }
}

const leftOutJson = (leftOut: number): readonly unknown[] =>
  leftOut > 0 ? [{ policies: true, leftOut }] : []

const listViews = async (
  { app, store }: Workplace,
  name: string | undefined,
  asJson: boolean,
  { works, leftOut }: Awaited<ReturnType<typeof worksOf>>,
): Promise<void> => {
  const projections = name === undefined ? app.projections : [parkingOf(app, name)]
  const found = await waiting(store, projections)
  const all = found.flatMap(({ projection, generation, events }) =>
    events.toSorted(byKey).map((event) => ({ projection, generation, ...event }))
  )
  const left = found.filter(({ leftOut }) => leftOut > 0)
  const contexts = [...new Set(projections.flatMap(contextsOf))]
  const unreadable = await store.unreadable(contexts, LISTED.unreadable)
  const counts = await store.unreadableCounts()
  const unlisted = contexts.reduce((sum, context) => sum + (counts.get(context) ?? 0), 0) -
    unreadable.filter(({ skipped }) => !skipped).length
  if (asJson) {
    return printJson([
      ...all.map(({ context, sequence, ...event }) => ({
        ...event,
        position: positionOf(context, sequence),
      })),
      ...unreadable.map(({ context, sequence, ...message }) => ({
        unreadable: true,
        ...message,
        position: positionOf(context, sequence),
      })),
      ...left.map(({ events: _, ...generation }) => generation),
      ...(unlisted > 0 ? [{ unreadable: true, leftOut: unlisted }] : []),
      ...worksJson(works),
      ...leftOutJson(leftOut),
    ])
  }
  listUnreadable(unreadable, Math.max(0, unlisted))
  printWorks(works, leftOut)
  if (all.length === 0 && works.length > 0) return
  if (all.length === 0) return printLine("nothing is parked")
  const head = ["PROJECTION", "GENERATION", "KEY", "POSITION", "EVENT", "ACTOR", "SINCE", "WHY"]
  printTable(
    head,
    all.map((event) => [
      event.projection,
      event.generation,
      shownKey(event.key),
      positionOf(event.context, event.sequence),
      event.type || "(cannot be read)",
      event.actor,
      event.parkedAt.toISOString(),
      event.error?.split("\n")[0]?.slice(0, LISTED.whyCharacters) ?? "waits behind it",
    ]),
  )
  const events = left.reduce((sum, { leftOut }) => sum + leftOut, all.length)
  for (const { projection, generation, leftOut } of left) {
    const more = counted(leftOut, "more event")
    printLine(`parked and not listed here: ${more} of ${projection}, generation ${generation}`)
  }
  printLine(
    `${counted(events, "event")} parked: correct the handler, start it, then ` +
      "leftfold retry NAME KEY; or discard the first one with leftfold retry NAME KEY --discard. " +
      "For a long key, give the # and the text after it",
  )
}

/** Prints the messages that nobody can read, and which of them are stepped over. */
const listUnreadable = (unreadable: readonly NotedMessage[], unlisted: number): void => {
  if (unreadable.length === 0) return
  printTable(
    ["MESSAGE", "SUBJECT", "SINCE", "WHY IT CANNOT BE READ", "STEPPED OVER"],
    unreadable.map(({ context, sequence, subject, notedAt, reason, skipped }) => [
      positionOf(context, sequence),
      shownSubject(subject),
      notedAt.toISOString(),
      reason.split("\n")[0]?.slice(0, LISTED.whyCharacters) ?? "",
      skipped ? `by ${skipped.by} at ${skipped.at.toISOString()}: ${skipped.reason}` : "no",
    ]),
  )
  const left = unreadable.filter(({ skipped }) => !skipped).length + unlisted
  if (left === 0) return
  if (unlisted > 0) printLine(`not listed here: ${counted(unlisted, "more message")}`)
  printLine(
    `${counted(left, "message")} cannot be read: views and policies pass over them, but their ` +
      'actors decide nothing until each is stepped over: leftfold skip POSITION --reason "…"',
  )
}

/** Orders events by key, keeping the order in which they were parked. */
const byKey = (one: { readonly key: string }, other: { readonly key: string }): number =>
  one.key < other.key ? -1 : one.key > other.key ? 1 : 0

/** The command. */
export const parkedCommand = Command.make(
  "parked",
  { name: name.pipe(Argument.optional), json },
  (input) => atWork((place) => list(place, Option.getOrUndefined(input.name), input.json)),
).pipe(
  Command.withDescription(
    "Lists the events that could not be folded, or that a policy gave up, those that wait behind " +
      "them, and the timers that came to nothing.",
  ),
)
