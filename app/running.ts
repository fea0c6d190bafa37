/** A running application, as its owner and its tests see it. */
import { Cause, Effect, Exit, Scope } from "effect"
import type { Accepted, Client, Health, Wire } from "../wire/internal.ts"
import { formatPositions, isFailure, parsePositions } from "../contracts/internal.ts"
import type { AppDefinition } from "./app.ts"

/**
 * An application at work, in memory or on servers.
 *
 * ```ts
 * const totalOf = async ({ client, caughtUp }: RunningApp, order: string) => {
 *   const answer = await client.ask(Orders, order, CancelOrder({ reason: "late" }))
 *   if (answer.kind === "accepted") await caughtUp(answer)
 *   return await client.queryPlain("orders.order-list", { key: order })
 * }
 * ```
 */
export interface RunningApp {
  readonly client: Client
  /** The wire that the client and all roles use. */
  readonly wire: Wire
  /** Calls the gateway without a network: `fetch` with a path instead of a URL. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  /** The health of all roles. Over HTTP only a client with the health token gets it in full. */
  readonly health: () => Promise<Health>
  /**
   * Resolves once every view that reads their contexts shows the effects of these commands.
   * Rejects with `StaleView` when a view does not get there in time. In memory it also waits as
   * `settled` does.
   */
  readonly caughtUp: (...answers: readonly Pick<Accepted, "position">[]) => Promise<void>
  /**
   * Resolves once nothing moves: policies have handled every event, with all that followed from
   * it, and every view shows it. Timers that are not due do not count. For tests: it rejects when
   * policies are stuck, when commands go on for a minute, and in a process that does not run the
   * roles `policies` and `projections`.
   */
  readonly settled: () => Promise<void>
  /** Stops everything that was started, in reverse order. */
  readonly stop: () => Promise<void>
}

/** Builds something in its own scope. When building fails, everything it started is stopped. */
export const inScope = async <A>(
  build: Effect.Effect<A, unknown, Scope.Scope>,
): Promise<{ readonly built: A; readonly stop: () => Promise<void> }> => {
  const scope = await Effect.runPromise(Scope.make())
  const stop = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const exit = await Effect.runPromiseExit(Scope.provide(build, scope))
  if (Exit.isSuccess(exit)) return { built: exit.value, stop }
  await stop()
  throw Cause.squash(exit.cause)
}

/** A key that no row needs to have: a view that has caught up answers `NotFound`. */
const ANY_KEY = "-"

/** Waits until every view that reads one of the positions' contexts has reached its position. */
export const caughtUpBy =
  ({ projections }: AppDefinition, client: Client): RunningApp["caughtUp"] => async (
    ...answers
  ) => {
    if (answers.length === 0) return
    const reached: Record<string, number> = {}
    for (const { position } of answers) {
      for (const [context, sequence] of Object.entries(parsePositions(position))) {
        reached[context] = Math.max(reached[context] ?? 0, sequence)
      }
    }
    const after = formatPositions(reached)
    const contexts = Object.keys(reached)
    const readers = projections.filter(({ from }) =>
      from.some(({ context }) => contexts.includes(context))
    )
    await Promise.all(
      readers.map(({ name }) =>
        client.queryPlain(name, { key: ANY_KEY }, { after }).catch((error) => {
          if (!isFailure(error) || error._tag !== "NotFound") throw error
        })
      ),
    )
  }
