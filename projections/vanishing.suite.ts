/** A worker that vanishes, for the test of kills: what it has sent may still be done, or not. */
import { Effect } from "effect"
import { progressSubject, type Serving, type Wire } from "../contracts/mod.ts"
import { BoxList } from "./boxes.suite.ts"
import type { Member } from "./membership.ts"
import {
  type AnyProjection,
  type Cursor,
  type Feed,
  postgresStore,
  startProjections,
  type Store,
} from "./mod.ts"

/** A worker that has nothing to do, or no Postgres, is killed at the latest after so long. */
const PATIENCE_MS = 100

/** A worker that has not begun is killed at the latest after so long: Postgres may be away. */
const START_MS = 2_000

const within = async (event: Promise<void>, ms: number): Promise<void> => {
  await Effect.runPromise(Effect.promise(() => event).pipe(Effect.timeoutOption(ms)))
}

/** A worker that can be made to vanish. */
export interface VanishingWorker {
  /** Resolves when it has begun to fold, or has had the time to. */
  readonly begun: Promise<void>
  readonly vanish: () => Promise<void>
}

/** Resolves after so many announcements, and at the latest when patience ends. */
export const announcements = async (wire: Wire, count: number): Promise<void> => {
  let left = count
  let serving: Serving | undefined
  const heard = new Promise<void>((resolve) => {
    const subject = progressSubject(BoxList.name)
    serving = wire.serve(subject, () => --left === 0 && resolve())
  })
  await within(heard, PATIENCE_MS)
  serving?.close()
}

/**
 * Starts a worker with connections of its own, which takes itself for the only one, so that it
 * folds all lanes whoever else does.
 */
export const vanishingWorker = (
  projection: AnyProjection,
  databaseUrl: string,
  feed: Feed,
  wire: Wire,
): VanishingWorker => {
  let vanished = false
  const cursors = new Set<Cursor>()
  const never = new Promise<never>(() => {})
  /** What it asks for when it has vanished is not asked, and what it has asked for not heard. */
  const ifThere = async <T>(run: () => Promise<T>): Promise<T> => {
    if (vanished) return never
    const result = await run().catch((error) => vanished ? never : Promise.reject(error))
    return vanished ? never : result
  }
  const { close, ...shared } = postgresStore(databaseUrl)
  const real = { ...shared, beat: (member: Member) => Promise.resolve([member]) }
  const store = Object.fromEntries(
    Object.entries(real).map(([name, method]) => [
      name,
      (...given: unknown[]) =>
        ifThere(() => (method as (...given: unknown[]) => Promise<unknown>)(...given)),
    ]),
  ) as unknown as Store
  const open: Feed["open"] = (after) =>
    ifThere(async () => {
      const cursor = await feed.open(after)
      if (vanished) cursor.close()
      cursors.add(cursor)
      return { ...cursor, next: (most) => ifThere(() => cursor.next(Math.min(most, 20))) }
    })
  const { inbox, request, serve } = wire
  let announced = () => {}
  const begun = new Promise<void>((resolve) => announced = resolve)
  const publish: Wire["publish"] = (...given) => {
    if (vanished) return
    announced()
    wire.publish(...given)
  }
  const own: Wire = { ...wire, inbox, request, serve, publish }
  startProjections({ projections: [projection], feed: { ...feed, open }, store, wire: own })
  return {
    begun: within(begun, START_MS),
    vanish: () => {
      vanished = true
      for (const cursor of cursors) cursor.close()
      return close()
    },
  }
}
