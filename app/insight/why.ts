/** Why a row is as it is: the events that made it, and what stands behind each of them. */
import { isDeepStrictEqual } from "node:util"
import { historyRounds } from "../../actors/internal.ts"
import {
  type AnyContract,
  formatPositions,
  isFailure,
  messageOf,
  NotFound,
  type Positions,
  positionsIn,
  TooLarge,
} from "../../contracts/internal.ts"
import {
  contextsOf,
  type FoldedProjection,
  keptKey,
  positionsOf,
  type RowEvent,
  rowEvents,
  RowFolder,
} from "../../projections/internal.ts"
import { checkId } from "../../wire/internal.ts"
import { chainOf, type Link, linkOfRecorded } from "./cause.ts"
import type { Insight } from "./insight.ts"
import { ROW } from "./limits.ts"
import { momentOf, now } from "./moment.ts"
import { type LoggedCommit, scan } from "./scan.ts"

/** Which row, and which column of it. */
export interface WhyAsked {
  readonly projection: FoldedProjection
  readonly key: string
  readonly column?: string | undefined
  /** Positions such as `orders:20`: the row as it was then; today's by default. */
  readonly at?: string | undefined
  /** Whether the log may be read from its beginning, where the key is no actor's id. */
  readonly scan?: boolean | undefined
}

/** An event that a row has, in short. */
export interface EventReference {
  readonly position: string
  readonly index: number
  readonly type: string
  readonly actor: string
  readonly id: string
  readonly version: number
  readonly time: string
}

/** Why a row is as it is. */
export interface Why {
  readonly view: string
  readonly key: string
  /** How far the log was folded. */
  readonly at: string
  /** The row that the log gives; null if there is no such row. */
  readonly row: { readonly [column: string]: unknown } | null
  /** How many events the row has. */
  readonly events: number
  /** The last event that made, changed or deleted the row. */
  readonly last?: EventReference
  /** For each column of the row, the event that gave it its value. */
  readonly since: { readonly [column: string]: EventReference }
  /** The latest changes, oldest first: what each event changed, and to what. */
  readonly changes: readonly {
    readonly event: EventReference
    /** The new values, by column; absent if the event deleted the row. */
    readonly changed?: { readonly [column: string]: unknown }
  }[]
  /** What the view keeps; absent for a row of the past, and while the view is not made. */
  readonly stored?: {
    /** Whether it keeps the same row. */
    readonly same: boolean
    /** How far all its rows have come. */
    readonly position: string
    /** Whether it was folded by the version of this program. */
    readonly sameVersion: boolean
  }
  /** The event that cannot be folded; the row is as it was before. */
  readonly stopped?: { readonly error: string; readonly event?: EventReference }
  readonly column?: WhyColumn
  /** What stands behind the last change of the row, or of the column: the latest first. */
  readonly chain: readonly Link[]
  /** Why the chain ends before a client's command. */
  readonly broken?: string
}

/** Why a column has its value. */
export interface WhyColumn {
  readonly name: string
  readonly value: unknown
  /** The events that give the value; absent if the row has too many events to look for them. */
  readonly causes?: readonly EventReference[]
  /** Whether leaving out any one of them gives another value. */
  readonly minimal?: boolean
}

const referenceOf = ([{ event, meta }]: RowEvent): EventReference => ({
  ...{ position: meta.position, index: meta.index, type: event.type },
  ...{ actor: meta.actor, id: meta.id, version: meta.version, time: meta.time.toISOString() },
})

/**
 * The commits of several contexts in one order: that of each log, and between logs that of time.
 * The log does not keep in which order a worker met them.
 */
const merged = (commits: readonly LoggedCommit[]): readonly LoggedCommit[] => {
  const logs = new Map<string, LoggedCommit[]>()
  for (const each of commits) {
    const log = logs.get(each.contract.context)
    if (log) log.push(each)
    else logs.set(each.contract.context, [each])
  }
  const queues = [...logs.values()].map((log) => ({
    at: 0,
    log: log.sort((one, other) => one.commit.sequence - other.commit.sequence),
  }))
  const timeOf = ({ at, log }: typeof queues[number]) => log[at]?.commit.events[0]?.time ?? 0
  const result: LoggedCommit[] = []
  while (result.length < commits.length) {
    const left = queues.filter(({ at, log }) => at < log.length)
    const next = left.reduce((one, other) => timeOf(other) < timeOf(one) ? other : one)
    result.push(next.log[next.at++]!)
  }
  return result
}

/** The commits that can concern a row, up to some positions, in order. */
async function* commitsOf(
  { journal, feed }: Insight,
  { projection, key, scan: accepted = false }: WhyAsked,
  to: Positions,
): AsyncGenerator<readonly LoggedCommit[]> {
  if (!projection.keyedByActor) {
    const what = `the key of ${projection.name} is computed, so looking for its events`
    const contracts = projection.from
    const commits: LoggedCommit[] = []
    for await (const batch of scan({ feed, contracts, after: {}, to, what, accepted })) {
      // Contexts are read at the same time, and their order is that of time.
      if (Object.keys(to).length === 1) yield batch
      else commits.push(...batch.filter((each) => concerns(projection, key, each)))
    }
    return yield merged(commits)
  }
  if (projection.from.length === 1) return yield* ofActor(journal, projection.from[0]!, key, to)
  const found: LoggedCommit[] = []
  for (const contract of projection.from) {
    for await (const commits of ofActor(journal, contract, key, to)) found.push(...commits)
    if (found.length <= ROW.merged) continue
    throw new TooLarge({
      message: `${projection.name} ${key} has more than ${ROW.merged} commits of several actors: ` +
        "ask for an earlier position",
    })
  }
  yield merged(found)
}

/** The commits of an actor up to a position, a round at a time, so that any number fits. */
async function* ofActor(
  journal: Insight["journal"],
  contract: AnyContract,
  id: string,
  to: Positions,
): AsyncGenerator<readonly LoggedCommit[]> {
  const { name, context } = contract
  await journal.learnSkips(name)
  const tail = await journal.tail(name, checkId(id), { fresh: true })
  if (!tail) return
  for await (const commits of historyRounds(journal, name, id, tail)) {
    yield commits.filter(({ sequence }) => sequence <= (to[context] ?? 0))
      .map((commit) => ({ contract, id, commit }))
  }
}

const NOTHING_SKIPPED: ReadonlySet<string> = new Set()

const concerns = (projection: FoldedProjection, key: string, commit: LoggedCommit): boolean => {
  const { events, failure } = rowEvents(projection, key, commit, NOTHING_SKIPPED)
  return events.length > 0 || failure !== undefined
}

/** Folds the row, leaving out what the view leaves out. */
const folded = async (insight: Insight, asked: WhyAsked, to: Positions): Promise<RowFolder> => {
  const { projection, key } = asked
  const { store } = insight
  const serving = await store.serving(projection.name).catch(unlessMade)
  const skipped = serving ? await store.skipped(serving) : NOTHING_SKIPPED
  const folder = new RowFolder(projection, key)
  const parkedActors = new Set<string>()
  for await (const commits of commitsOf(insight, asked, to)) {
    for (const each of commits) {
      const actor = `${each.contract.name}/${each.id}`
      if (parkedActors.has(actor)) continue
      const { events, failure } = rowEvents(projection, key, each, skipped)
      for (const event of events) folder.add(event)
      if (failure === undefined) continue
      if (projection.keyedByActor) folder.stop(failure)
      else parkedActors.add(actor)
    }
  }
  return folder
}

/** Nothing, for a view that no worker has made. */
const unlessMade = (error: unknown): undefined => {
  if (isFailure(error) && /has not been made yet/.test(messageOf(error))) return undefined
  throw error
}

/** Whether two plain rows are the same; a column without a value is as good as absent. */
const sameRow = (one: object | undefined, other: object | undefined): boolean => {
  const filled = (row: object | undefined) =>
    row && Object.fromEntries(Object.entries(row).filter(([, value]) => (value ?? null) !== null))
  return isDeepStrictEqual(filled(one), filled(other))
}

const storedOf = async (
  { store }: Insight,
  { projection, key }: WhyAsked,
  row: object | undefined,
): Promise<Why["stored"]> => {
  const serving = await store.serving(projection.name).catch(unlessMade)
  if (!serving) return undefined
  return {
    same: sameRow(await store.row(serving, key), row),
    position: formatPositions(positionsOf(serving)),
    sameVersion: serving.version === projection.version,
  }
}

const checkColumn = ({ projection, column }: WhyAsked): void => {
  if (column === undefined || projection.columns.some(({ name }) => name === column)) return
  const known = projection.columns.map(({ name }) => name).join(", ")
  throw new NotFound({ message: `${projection.name} has no column "${column}"; it has ${known}` })
}

/**
 * Explains a row: folds its events again and says what each changed. With a column, it names the
 * events that give the value and what stands behind the last of them. Rejects with `CostlyScan`
 * where it must read much of the log and was not asked to, and with `NotFound` for an unknown
 * column.
 */
export const why = async (insight: Insight, given: WhyAsked): Promise<Why> => {
  const asked = { ...given, key: keptKey(given.key) }
  const { projection, key, column, at } = asked
  checkColumn(asked)
  const contexts = contextsOf(projection)
  const to = at === undefined
    ? await now(insight.feed, contexts)
    : positionsIn(await momentOf(insight.feed, contexts, at), contexts)
  const folder = await folded(insight, asked, to)
  const { row, since, last, changes, events, stopped } = folder.story()
  const setter = column === undefined ? last : since.get(column)
  const causes = column === undefined ? undefined : folder.causes(column)
  const behind = setter
    ? await chainOf(insight, await linkOfRecorded(insight, setter[0]))
    : { chain: [] }
  const stored = at === undefined ? await storedOf(insight, asked, row) : undefined
  return {
    ...{ view: projection.name, key, at: formatPositions(to), row: row ?? null, events },
    ...(last ? { last: referenceOf(last) } : {}),
    since: Object.fromEntries([...since].map(([name, event]) => [name, referenceOf(event)])),
    changes: changes.map(({ event, changed, row }) => ({
      event: referenceOf(event),
      ...(row
        ? { changed: Object.fromEntries(changed.map((name) => [name, row[name] ?? null])) }
        : {}),
    })),
    ...(stored ? { stored } : {}),
    ...(stopped ? { stopped: stoppedOf(stopped) } : {}),
    ...(column === undefined ? {} : {
      column: {
        name: column,
        value: row?.[column] ?? null,
        ...(causes ? { causes: causes.events.map(referenceOf), minimal: causes.minimal } : {}),
      },
    }),
    ...behind,
  }
}

const stoppedOf = (
  { event, error }: { readonly event: RowEvent | undefined; readonly error: string },
) => ({ error, ...(event ? { event: referenceOf(event) } : {}) })
