/** `leftfold rebuild NAME`: rebuilds a view next to the one that serves, then lets it serve. */
import process from "node:process"
import { setTimeout as rest } from "node:timers/promises"
import { Argument, Command } from "effect/cli"
import { type AnyProjection, type GenerationStatus, positionsOf } from "../projections/internal.ts"
import { projectionOf } from "./application.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { counted, duration, printJson, printLine } from "./print.ts"
import { Problem } from "./problem.ts"
import { ProgressBar } from "./progress-bar.ts"

const LOOK_MS = 200
/** How long without progress before a message says that no worker seems to fold, in ms. */
const STALLED_MS = 10_000

/** The argument that names a projection. */
export const name = Argument.String("NAME").pipe(
  Argument.withDescription("the projection, such as orders.order-list or order-list"),
)

const noWait = flag("no-wait", "return at once, before the new generation serves")

const progressOf = async (
  { feed }: Workplace,
  { from }: AnyProjection,
  status: GenerationStatus,
) => {
  const log = await feed()
  const positions = positionsOf(status)
  const contexts = [...new Set(from.map(({ context }) => context))]
  const lasts = await Promise.all(contexts.map((context) => log.stream(context)))
  const of = lasts.reduce((sum, { last }) => sum + last, 0)
  const done = contexts.reduce((sum, context) => sum + (positions[context] ?? 0), 0)
  return { done: Math.min(done, of), of }
}

const stalled = ({ name, version }: AnyProjection) =>
  `nothing was folded for ${duration(STALLED_MS / 1_000)}: is a process with the role ` +
  `projections running, of a program that has ${name} in version ${version}?\n`

/** Resolves when the generation serves. */
const watch = async (
  place: Workplace,
  projection: AnyProjection,
  number: number,
): Promise<GenerationStatus> => {
  const bar = new ProgressBar(projection.name)
  let [moved, before] = [performance.now(), -1]
  for (;;) {
    const statuses = await place.store.statuses([projection.name])
    const status = statuses.find((each) => each.number === number)
    if (!status || status.state === "refused") {
      throw new Problem({ message: `generation ${number} is ${status?.state ?? "gone"} by now` })
    }
    const progress = await progressOf(place, projection, status)
    bar.show(progress)
    if (status.state !== "building") {
      bar.end()
      return status
    }
    const now = performance.now()
    if (progress.done > before) [moved, before] = [now, progress.done]
    else if (now - moved > STALLED_MS) {
      process.stderr.write(`\n${stalled(projection)}`)
      moved = now
    }
    await rest(LOOK_MS)
  }
}

const rebuild = async (
  place: Workplace,
  name: string,
  options: { readonly noWait: boolean; readonly json: boolean },
): Promise<void> => {
  const projection = projectionOf(place.app, name)
  const begun = performance.now()
  const { number } = await place.store.rebuild(projection)
  const result = { name: projection.name, generation: number }
  if (options.noWait) {
    if (options.json) printJson({ ...result, state: "building" })
    else printLine(`${projection.name} generation ${number} is being built`)
    return
  }
  const status = await watch(place, projection, number)
  const seconds = (performance.now() - begun) / 1_000
  const rows = await place.store.count(status)
  if (options.json) return printJson({ ...result, state: status.state, rows, seconds })
  printLine(
    `${projection.name} generation ${number} serves, with ${counted(rows, "row")}, ` +
      `after ${duration(seconds)}`,
  )
}

/** The command. */
export const rebuildCommand = Command.make(
  "rebuild",
  { name, noWait, json },
  (input) => atWork((place) => rebuild(place, input.name, input)),
).pipe(Command.withDescription(
  "Builds a view again from the log, next to the one that serves until it has caught up. " +
    "What was interrupted goes on by itself; run it again to watch.",
))
