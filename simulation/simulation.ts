/** A simulation: a whole application, tried under every order of things, from one seed. */
import assert from "node:assert/strict"
import type { AppDefinition } from "../app/internal.ts"
import { defaultCalls } from "./default-calls.ts"
import { faultsOf } from "./faults.ts"
import type { Scenario } from "./run.ts"
import { explore, type Seeds } from "./search/explore.ts"
import { reportOfFailure } from "./search/failure.ts"
import type { Call, SimulationOptions } from "./simulation-options.ts"

/**
 * A simulation of an application. Made by `simulation`.
 *
 * ```ts
 * const shopSimulation: Simulation = simulation(shop)
 * await shopSimulation.check({ seeds: 1_000 })
 * ```
 */
export interface Simulation {
  readonly scenario: Scenario
  /**
   * Runs seeds, from `from` on. Rejects with an `AssertionError` when one breaks a law: its message
   * is the shortest story of that, and the command that replays it.
   */
  readonly check: (seeds: Seeds) => Promise<void>
}

/**
 * Simulates an application: its actors, policies, timers, views and queries run in this process on
 * virtual time. One seed decides the order of everything, and what goes wrong on the way. Whatever
 * happens, handlers must be pure and must not fail, states and views must equal the fold of their
 * logs, and everything must come to rest; `always` and `atRest` add what the application promises.
 * Throws `TypeError` for options that do not fit the application.
 *
 * ```ts
 * const shopSimulation = simulation(shop, {
 *   calls: [{ ask: (pick) => ask(Orders, pick.of(["o-1", "o-2"]), CompleteOrder()) }],
 *   always: (world) => assert.ok(world.rows(OrderList).length <= world.ids(Orders).length),
 * })
 * await shopSimulation.check({ seeds: 1_000 })
 * ```
 */
export const simulation = (app: AppDefinition, options: SimulationOptions = {}): Simulation => {
  const { callsPerRun } = options
  if (callsPerRun !== undefined && !(Number.isSafeInteger(callsPerRun) && callsPerRun > 0)) {
    throw new TypeError(`callsPerRun must be a whole number from 1, not ${callsPerRun}`)
  }
  const calls = options.calls ?? defaultCalls(app)
  const isWrong = ({ ask, happens }: Call) => (ask === undefined) === (happens === undefined)
  const wrong = calls.findIndex(isWrong)
  if (wrong >= 0) throw new TypeError(`call ${wrong + 1} needs ask or happens, and not both`)
  const scenario: Scenario = { ...options, app, calls, faults: faultsOf(options.faults) }
  return {
    scenario,
    check: async (seeds) => {
      const { failed } = await explore(scenario, seeds)
      if (!failed) return
      assert.fail(await reportOfFailure(scenario, failed))
    },
  }
}
