/** `leftfold projections`: every generation of every view, with its state and lag. */
import { Command } from "effect/cli"
import { formatPositions } from "../contracts/internal.ts"
import { type AnyProjection, type GenerationStatus, positionsOf } from "../projections/internal.ts"
import { lagOf } from "./lag.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { duration, printJson, printLine, printTable } from "./print.ts"

const describe = async (
  { store, feed }: Workplace,
  projection: AnyProjection,
  status: GenerationStatus,
) => {
  const positions = positionsOf(status)
  const folded = status.state === "building" || status.state === "serving"
  return {
    name: projection.name,
    generation: status.number,
    version: status.version,
    state: status.state,
    /** Whether this program has the same version. */
    current: status.version === projection.version,
    rows: await store.count(status),
    positions,
    lanes: status.lanes.length,
    lag: folded ? await lagOf(await feed(), projection, positions) : undefined,
    parkedKeys: status.parkedKeys,
    parkedEvents: status.parkedEvents,
  }
}

type Description = Awaited<ReturnType<typeof describe>>

const rowOf = ({ name, generation, version, current, state, rows, ...rest }: Description) => [
  name,
  generation,
  current ? version : `${version} (another)`,
  state,
  rows,
  formatPositions(rest.positions) || "-",
  rest.lag?.commits ?? 0,
  rest.lag ? duration(rest.lag.seconds) : "-",
  rest.parkedKeys === 0 ? "-" : `${rest.parkedKeys} (${rest.parkedEvents} events)`,
]

const HEAD = [
  ...["PROJECTION", "GENERATION", "VERSION", "STATE"],
  ...["ROWS", "CHECKPOINT", "LAG", "SINCE", "PARKED"],
]

/** Every generation of every view, as JSON lists it. */
export const describeViews = async (place: Workplace): Promise<readonly Description[]> => {
  const all: Description[] = []
  for (const projection of place.app.projections) {
    const statuses = await place.store.statuses([projection.name])
    for (const status of statuses) all.push(await describe(place, projection, status))
  }
  return all
}

const listProjections = async (place: Workplace, asJson: boolean): Promise<void> => {
  const { app: { projections, name } } = place
  const all = await describeViews(place)
  if (asJson) return printJson(all)
  if (projections.length === 0) return printLine(`${name} has no projections`)
  if (all.length > 0) printTable(HEAD, all.map(rowOf))
  const unmade = projections.filter((each) => !all.some((found) => found.name === each.name))
  for (const each of unmade) {
    printLine(`${each.name} has not been made yet: no process with the role projections has run`)
  }
}

/** Exits with 1, and names the views, unless this program's version of every view serves. */
const checkOwn = async ({ app: { projections }, store }: Workplace): Promise<number> => {
  const statuses = await store.statuses(projections.map(({ name }) => name))
  const missing = projections.filter(({ name, version }) =>
    !statuses.some((each) =>
      each.projection === name && each.version === version && each.state === "serving"
    )
  )
  for (const { name, version } of missing) printLine(`${name}: version ${version} does not serve`)
  return missing.length === 0 ? 0 : 1
}

const own = flag(
  "own",
  "only exit with 1, and name the views, unless this program's own versions serve",
)

/** The command. */
export const projectionsCommand = Command.make(
  "projections",
  { own, json },
  ({ own, json }) => atWork((place) => own ? checkOwn(place) : listProjections(place, json)),
).pipe(Command.withDescription("Lists the views: version, state, rows, checkpoint, lag, parked."))
