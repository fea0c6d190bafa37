/** `leftfold parked [NAME]`: the events that wait, and why. */
import { Option } from "effect"
import { Argument, Command } from "effect/cli"
import { positionOf } from "../contracts/internal.ts"
import { contextsOf, listParked, type NotedMessage, shownKey } from "../projections/internal.ts"
import { parkingOf } from "./application.ts"
import { atWork, json, type Workplace } from "./leftfold.ts"
import { counted, printJson, printLine, printTable } from "./print.ts"
import { name } from "./rebuild.ts"

/** Characters of a reason in a table; --json prints all of them. */
const WHY_CHARACTERS = 300

/** So many unreadable messages are listed at most. */
const UNREADABLE_LISTED = 1_000

const list = async (
  { app, store }: Workplace,
  name: string | undefined,
  asJson: boolean,
): Promise<void> => {
  const projections = name === undefined ? app.projections : [parkingOf(app, name)]
  const all = (await Promise.all(projections.map(async ({ name: projection }) => {
    const found = await listParked(store, projection)
    return found.flatMap(({ generation, events }) =>
      events.toSorted(byKey).map((event) => ({
        projection,
        generation: generation.number,
        ...event,
      }))
    )
  }))).flat()
  const contexts = [...new Set(projections.flatMap(contextsOf))]
  const unreadable = await store.unreadable(contexts, UNREADABLE_LISTED)
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
    ])
  }
  listUnreadable(unreadable)
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
      event.error?.split("\n")[0]?.slice(0, WHY_CHARACTERS) ?? "waits behind it",
    ]),
  )
  printLine(
    `${counted(all.length, "event")} parked: correct the handler, start it, then ` +
      "leftfold retry NAME KEY; or give the first one up with leftfold retry NAME KEY --discard. " +
      "Of a long key, say the # and what follows it",
  )
}

/** The messages that nobody can read, and which of them are stepped over. */
const listUnreadable = (unreadable: readonly NotedMessage[]): void => {
  if (unreadable.length === 0) return
  printTable(
    ["MESSAGE", "SUBJECT", "SINCE", "WHY IT CANNOT BE READ", "STEPPED OVER"],
    unreadable.map(({ context, sequence, subject, notedAt, reason, skipped }) => [
      positionOf(context, sequence),
      subject,
      notedAt.toISOString(),
      reason.split("\n")[0]?.slice(0, WHY_CHARACTERS) ?? "",
      skipped ? `by ${skipped.by} at ${skipped.at.toISOString()}: ${skipped.reason}` : "no",
    ]),
  )
  const left = unreadable.filter(({ skipped }) => !skipped).length
  if (left === 0) return
  printLine(
    `${counted(left, "message")} cannot be read: views and policies pass over them, but their ` +
      'actors decide nothing until each is stepped over: leftfold skip POSITION --reason "…"',
  )
}

/** The events of one key together, in the order in which they were parked. */
const byKey = (one: { readonly key: string }, other: { readonly key: string }): number =>
  one.key < other.key ? -1 : one.key > other.key ? 1 : 0

/** The command. */
export const parkedCommand = Command.make(
  "parked",
  { name: name.pipe(Argument.optional), json },
  (input) => atWork((place) => list(place, Option.getOrUndefined(input.name), input.json)),
).pipe(Command.withDescription("Lists the events that could not be folded and what waits behind"))
