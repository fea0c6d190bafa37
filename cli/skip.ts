/** `leftfold skip POSITION…`: steps over messages of a log that nobody can read. */
import { userInfo } from "node:os"
import { Argument, Command, Flag } from "effect/cli"
import { stepOver } from "../app/internal.ts"
import { isFailure, parsePositions, positionOf } from "../contracts/internal.ts"
import { contextsOf, isRaw, listParked, retry } from "../projections/internal.ts"
import { shownSubject, type Skip } from "../wire/internal.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { counted, printJson, printLine } from "./print.ts"
import { Problem } from "./problem.ts"

/** The most messages that one command steps over. */
const MOST = 100_000

const positions = Argument.String("POSITION").pipe(
  Argument.withDescription(
    "the position of a message, such as orders:17, as leftfold parked shows it",
  ),
  Argument.variadic(),
)

const reason = Flag.String("reason").pipe(
  Flag.withMetavar("TEXT"),
  Flag.withDescription("why; the log itself records this with your name"),
)

const all = flag("all", "all messages that leftfold parked shows as unreadable")

interface Input {
  readonly positions: readonly string[]
  readonly reason: string
  readonly all: boolean
  readonly json: boolean
}

const placesOf = async ({ app, store }: Workplace, input: Input) => {
  const contexts = [...new Set(app.actors.map(({ contract }) => contract.context))]
  const given = input.positions.flatMap((text) => {
    const places = Object.entries(parsePositions(text))
    return places.map(([context, sequence]) => ({ context, sequence }))
  })
  const unknown = given.find(({ context }) => !contexts.includes(context))
  if (unknown) {
    throw new Problem({
      message: `${app.name} has no context "${unknown.context}"; it has ${contexts.join(", ")}`,
    })
  }
  if (!input.all) return given
  const noted = await store.unreadable(contexts, MOST)
  return [...given, ...noted.filter(({ skipped }) => !skipped)]
}

/** Folds events that were parked behind messages that are now stepped over. */
const release = async (place: Workplace, skips: readonly Skip[]): Promise<number> => {
  const { app, store } = place
  const [feed, wire] = [await place.feed(), await place.wire()]
  const skipped = new Set(skips.map(({ context, sequence }) => positionOf(context, sequence)))
  const isSkipped = (event: { readonly context: string; readonly sequence: number }) =>
    skipped.has(positionOf(event.context, event.sequence))
  await store.noteSkipped(skips)
  let freed = 0
  for (const projection of app.projections) {
    if (isRaw(projection)) continue
    const contexts = contextsOf(projection)
    if (!skips.some(({ context }) => contexts.includes(context))) continue
    const parked = (await listParked(store, projection.name)).flatMap(({ events }) => events)
    for (const key of new Set(parked.filter(isSkipped).map((event) => event.key))) {
      freed += (await retry({ projection, feed, store, wire }, key)).freed
    }
  }
  return freed
}

const skip = async (place: Workplace, input: Input): Promise<number> => {
  if (input.reason.trim() === "") throw new Problem({ message: "give a reason with --reason" })
  const places = await placesOf(place, input)
  if (places.length === 0) {
    if (!input.all) throw new Problem({ message: "give positions, such as orders:17" })
    printLine("no message is unreadable")
    return 0
  }
  const contracts = place.app.actors.map(({ contract }) => contract)
  const why = { by: userInfo().username, reason: input.reason, time: Date.now() }
  const skips = await stepOver(contracts, await place.wire(), places, why)
  if (input.json) {
    printJson(skips.map(({ context, sequence, ...rest }) => ({
      position: positionOf(context, sequence),
      ...rest,
    })))
  } else {
    for (const { context, sequence, subject } of skips.slice(0, 20)) {
      printLine(`${positionOf(context, sequence)} is stepped over (${shownSubject(subject)})`)
    }
    if (skips.length > 20) printLine(`… and ${skips.length - 20} more`)
    if (skips.length < places.length) printLine("the other messages had been stepped over before")
  }
  try {
    const freed = await release(place, skips)
    if (freed > 0 && !input.json) printLine(`${counted(freed, "event")} no longer parked`)
  } catch (error) {
    if (!isFailure(error) || error._tag !== "Unavailable") throw error
    printLine(`the skips are recorded, but parked events could not be folded: ${error.message}`)
    return 1
  }
  if (!input.json) {
    printLine("if a view had folded such a message: leftfold reconcile NAME --repair")
  }
  return 0
}

/** The command. */
export const skipCommand = Command.make(
  "skip",
  { positions, reason, all, json },
  (input) => atWork((place) => skip(place, input)),
).pipe(Command.withDescription(
  "Steps over messages of a log that nobody can read, and records that in the log. Actors, " +
    "views and policies then pass over them.",
))
