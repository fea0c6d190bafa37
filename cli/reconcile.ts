/** `leftfold reconcile NAME`: compares a view with the log row by row, and repairs it if asked. */
import { Command } from "effect/cli"
import { formatPositions, positionOf } from "../contracts/internal.ts"
import {
  type Drift,
  DRIFT_KINDS,
  driftedOf,
  positionsOf,
  reconcile,
  type Reconciliation,
  shownKey,
} from "../projections/internal.ts"
import { foldedOf } from "./application.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { counted, printJson, printLine } from "./print.ts"
import { ProgressBar } from "./progress-bar.ts"
import { name } from "./rebuild.ts"

const repair = flag("repair", "overwrite drifted rows with what the log gives")

const UNCOMPARED = "only its own SQL knows what its tables should hold, so it " +
  "cannot be compared with the log"

/** A drifted row as JSON. Each is printed on its own line, so there can be any number of them. */
const driftJson = ({ key, kind, columns, last, failure }: Drift) => ({
  key,
  kind,
  ...(kind === "different" ? { columns } : {}),
  ...(last ? { last: positionOf(last.context, last.sequence) } : {}),
  ...(failure
    ? { failedAt: positionOf(failure.context, failure.sequence), reason: failure.reason }
    : {}),
})

const driftLine = ({ key, kind, columns, last, failure }: Drift): string => {
  const touched = last
    ? `last touched at ${positionOf(last.context, last.sequence)}`
    : "never touched by an event"
  const which = kind === "different" ? `: ${columns.join(", ")}` : ""
  const why = failure
    ? `: at ${positionOf(failure.context, failure.sequence)}, ${failure.reason}`
    : ""
  return `${kind.padEnd(9)}  ${shownKey(key)}${which}${why}  (${touched})`
}

const printHead = (projection: string, { generation, rows, counts }: Reconciliation): void => {
  const at = formatPositions(positionsOf(generation)) || "the beginning"
  const kinds = DRIFT_KINDS.filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${kind}`)
  const found = kinds.length > 0 ? kinds.join(", ") : "all as the log gives them"
  printLine(
    `${projection} generation ${generation.number} at ${at}: ${counted(rows, "row")}, ${found}`,
  )
}

const compare = async (
  place: Workplace,
  name: string,
  { repair, json: asJson }: { readonly repair: boolean; readonly json: boolean },
): Promise<number> => {
  const { app, store, databaseUrl } = place
  const projection = foldedOf(app, name, UNCOMPARED)
  const bar = new ProgressBar(projection.name)
  const feed = await place.feed()
  const result = await reconcile({
    projection,
    feed,
    store,
    wire: await place.wire(),
    databaseUrl,
    progress: (progress) => bar.show(progress),
  })
  bar.end()
  try {
    const { generation, rows, counts } = result
    if (!asJson) printHead(projection.name, result)
    for await (const each of result.drift()) {
      if (asJson) printJson(driftJson(each))
      else printLine(driftLine(each))
    }
    const repaired = repair && driftedOf(counts) > 0 ? await result.repair() : undefined
    for (const { key, reason } of repaired?.unrepaired ?? []) {
      if (!asJson) printLine(`not repaired: ${shownKey(key)}: ${reason}`)
    }
    if (repaired && !asJson) printLine(`repaired ${counted(repaired.rows, "row")}`)
    const drifted = driftedOf(counts) - (repaired?.rows ?? 0)
    if (asJson) {
      const positions = positionsOf(generation)
      const summary = { name: projection.name, generation: generation.number, positions, rows }
      printJson({ ...summary, ...counts, ...(repaired ? { repaired } : {}), drifted })
    }
    return drifted > 0 ? 1 : 0
  } finally {
    await result.close()
  }
}

/** The command. */
export const reconcileCommand = Command.make(
  "reconcile",
  { name, repair, json },
  (input) => atWork((place) => compare(place, input.name, input)),
).pipe(Command.withDescription(
  "Folds the log again, as far as the view is, and compares row by row. The view keeps serving. " +
    "Exits with 1 when rows have drifted and were not repaired.",
))
