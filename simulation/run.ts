/** One run of a simulation: the same seed gives the same run, on every platform. */
import type { AppDefinition } from "../app/internal.ts"
import type { Ask, Policy } from "../actors/internal.ts"
import { messageOf, NOON } from "../contracts/internal.ts"
import { Chance, mix, type Strike, unit } from "./chance.ts"
import { Drawing } from "./choices.ts"
import type { Faults } from "./faults.ts"
import { RUN } from "./limits.ts"
import { Broken } from "./model/broken.ts"
import type { Coverage } from "./model/coverage.ts"
import { watched, withTraps } from "./model/guard.ts"
import { Schedule } from "./model/schedule.ts"
import { SimulatedApp } from "./model/simulated-app.ts"
import { Story } from "./model/story.ts"
import type { Call, Elsewhere, SimulationOptions } from "./simulation-options.ts"

/** What is run. */
export interface Scenario extends Omit<SimulationOptions, "calls" | "faults"> {
  readonly app: AppDefinition
  readonly calls: readonly Call[]
  readonly faults: Faults
}

/** Which of all possible runs. Two runs with the same selection are the same. */
export interface Selection {
  readonly seed: number
  /** How many calls there are. */
  readonly calls: number
  /** The calls that are made, by number; all of them by default. */
  readonly keep?: ReadonlySet<number>
  /** The ids of the faults that may strike; any by default. */
  readonly only?: ReadonlySet<number>
  /** The draws that keep their values; the others take the simplest. By default all keep them. */
  readonly values?: ReadonlySet<string>
}

/** How a run ended. */
export interface Outcome {
  /** The law that it broke; undefined if all held. */
  readonly broken: Broken | undefined
  readonly steps: number
  /** The faults that struck, in order. */
  readonly struck: readonly Strike[]
  /** The names of the draws that were made. */
  readonly drawn: readonly string[]
  readonly story: Story | undefined
  readonly world: SimulatedApp
}

/** What is watched during a run. */
export interface Watched {
  readonly withStory?: boolean
  /** Whether each handler is called twice, to name one that is not pure; false by default. */
  readonly isStrict?: boolean
  readonly coverage?: Coverage
}

const SALT = { calls: 71, gap: 72, kind: 73 } as const

/** How long until the next call, in milliseconds: mostly at once, at times up to an hour. */
const gapOf = (hash: number, place: number): number => {
  const part = hash % 100
  const most = part < 55 ? 3 : part < 75 ? 1_000 : part < 92 ? 60_000 : 3_600_000
  return Math.round(unit(mix(hash, place)) * most)
}

const chosen = (calls: readonly Call[], hash: number): Call | undefined => {
  const total = calls.reduce((sum, { weight = 1 }) => sum + weight, 0)
  let left = unit(hash) * total
  for (const call of calls) {
    left -= call.weight ?? 1
    if (left < 0) return call
  }
  return calls.at(-1)
}

const brokenBy = (law: "always" | "atRest", error: unknown): Broken =>
  error instanceof Broken ? error : new Broken(law, "", messageOf(error), error)

/** A run at work. */
class Run {
  readonly #scenario: Scenario
  readonly #selection: Selection
  readonly #schedule = new Schedule(NOON)
  readonly #chance: Chance
  readonly #drawing: Drawing
  readonly #story: Story | undefined
  readonly #world: SimulatedApp
  #steps = 0

  constructor(scenario: Scenario, selection: Selection, watching: Watched) {
    const { withStory, coverage, isStrict = false } = watching
    const schedule = this.#schedule
    this.#scenario = scenario
    this.#selection = selection
    this.#chance = new Chance(selection.seed, scenario.faults, selection.only)
    this.#drawing = new Drawing(selection.values)
    this.#story = withStory ? new Story(() => schedule.now) : undefined
    const { app, older } = scenario
    this.#world = new SimulatedApp(
      { schedule, chance: this.#chance, story: this.#story, coverage, isStrict },
      { app, older, policies: policiesOf(scenario, this.#drawing), drawing: this.#drawing },
    )
  }

  async toTheEnd(): Promise<Outcome> {
    let broken: Broken | undefined
    try {
      this.#planCalls()
      await this.#go()
    } catch (error) {
      if (!(error instanceof Broken)) throw error
      broken = error
    }
    return {
      broken,
      steps: this.#steps,
      struck: this.#chance.struck,
      drawn: this.#drawing.drawn,
      story: this.#story,
      world: this.#world,
    }
  }

  #planCalls(): void {
    const { calls, keep } = this.#selection
    const begin = this.#chance.at(SALT.calls)
    let at = this.#schedule.now
    for (let call = 0; call < calls; call++) {
      const key = mix(begin, call)
      at += gapOf(mix(key, SALT.gap), key)
      if (!keep || keep.has(call)) this.#schedule.at(at, () => this.#call(call, key))
    }
  }

  #call(call: number, key: number): void {
    const { calls } = this.#scenario
    this.#drawing.move(key, String(call))
    const drawn = chosen(calls, mix(key, SALT.kind))
    let ask: Ask | undefined
    let elsewhere: Elsewhere | undefined
    const draw = <T>(from: ((pick: Drawing, world: SimulatedApp) => T) | undefined) =>
      watched(
        "the draw",
        "the simulation",
        `call ${call}`,
        () => from?.(this.#drawing, this.#world),
      )
    try {
      ask = draw(drawn?.ask)
      elsewhere = draw(drawn?.happens)
      if (elsewhere) checkElsewhere(this.#scenario.app, elsewhere)
    } catch (error) {
      const reason = messageOf(error)
      throw new TypeError(`the simulation's own call failed: ${reason}`, { cause: error })
    }
    if (ask) this.#world.call(ask, call, key)
    if (elsewhere) this.#world.actors.happen(elsewhere, `call-${call}`, key)
  }

  async #go(): Promise<void> {
    const { always, atRest } = this.#scenario
    const world = this.#world
    const most = RUN.steps + RUN.stepsOfCall * this.#selection.calls
    for (let task = this.#schedule.next(); task; task = this.#schedule.next()) {
      this.#steps++
      const done = task()
      if (done) await done
      if (always && world.takeChanged()) holds("always", always, world)
      if (this.#steps < most) continue
      throw new Broken(
        "rest",
        "",
        `after ${most} steps it still goes on: something asks for itself for ever`,
      )
    }
    world.check()
    if (atRest) holds("atRest", atRest, world)
  }
}

/** Throws for a contract that is not followed, and for an event that does not fit its contract. */
const checkElsewhere = ({ name, follows }: AppDefinition, { contract, event }: Elsewhere): void => {
  if (!follows.some((each) => each.name === contract.name)) {
    throw new TypeError(`${name} does not follow ${contract.name}: its events come of commands`)
  }
  contract.codec.plain(event)
}

const holds = (
  law: "always" | "atRest",
  claim: (world: SimulatedApp) => void,
  world: SimulatedApp,
): void => {
  try {
    claim(world)
  } catch (error) {
    throw brokenBy(law, error)
  }
}

/** The policies of the application; those that a simulation answers for are replaced. */
const policiesOf = ({ app, answers }: Scenario, drawing: Drawing): readonly Policy[] => {
  const replacing = answers?.(drawing) ?? []
  for (const { name } of replacing) {
    if (app.policies.some((policy) => policy.name === name)) continue
    throw new TypeError(`answers has a policy ${name}, but the application has none of that name`)
  }
  return app.policies.map((policy) => replacing.find(({ name }) => name === policy.name) ?? policy)
}

/** Runs a scenario once. Rejects with what the simulation's own calls throw. */
export const run = async (
  scenario: Scenario,
  selection: Selection,
  watched: Watched = {},
): Promise<Outcome> =>
  await withTraps(async () => await new Run(scenario, selection, watched).toTheEnd())
