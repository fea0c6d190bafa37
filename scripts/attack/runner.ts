/** Runs the attacks class by class, and checks after each class that the shop is well. */
import { randomOf } from "../../app/development/chaos/random.ts"
import type { Attack, AttackClass, Scene } from "./attack-case.ts"
import { attemptAlone, attemptTogether, groupsOf, HANG_MS, type Outcome } from "./attempts.ts"
import { type GuardedShop, startGuardedShop } from "./guarded-shop.ts"
import { ask } from "./http/raw-http.ts"
import { startWait } from "./run-queue.ts"
import { startVictim, type Victim } from "./victim.ts"
import { HonestCustomer } from "./wellbeing.ts"

/** The result of a class. */
export interface ClassOutcome {
  readonly name: string
  readonly outcomes: readonly Outcome[]
  /** The longest hold of the event loop, in milliseconds. */
  readonly worstLoopMs: number
  /** The slowest answer of `/healthz`, in milliseconds. */
  readonly worstHealthzMs: number
  readonly ms: number
}

/** The options of a run. */
export interface RunOptions {
  readonly classes: readonly AttackClass[]
  readonly seed: number
  readonly isShort: boolean
  /** The time after which no attack begins, in milliseconds from the start. */
  readonly limitMs: number
  readonly report: (line: string) => void
}

/** The outcome of attacks that the time did not suffice for. */
export const NOT_TRIED = "not tried: the time was over"

/** How many attacks of a class a short run tries by default. */
const SAMPLE = 15
/** The number of classes between full checks, which include the books and `leftfold health`. */
const WHOLE_LOOK = 4
const PROBE_PAUSE_MS = 50

/** Asks `/healthz` repeatedly. */
class Prober {
  worstMs = 0
  #isOver = false
  readonly #done: Promise<void>

  constructor(victim: Victim) {
    this.#done = this.#run(victim)
  }

  async #run({ ports, pid }: Victim): Promise<void> {
    while (!this.#isOver) {
      const waited = startWait(pid)
      await ask(ports.http, { path: "/healthz" })
      this.worstMs = Math.max(this.worstMs, waited())
      await new Promise((resolve) => setTimeout(resolve, PROBE_PAUSE_MS))
    }
  }

  async stop(): Promise<number> {
    this.#isOver = true
    await this.#done
    return this.worstMs
  }
}

/** Runs all classes on one shop. A class that hurts the shop is followed by another shop. */
export class Runner {
  readonly #options: RunOptions
  readonly #began = performance.now()
  readonly #random
  #victim: Victim | undefined
  #customer: HonestCustomer | undefined
  #guarded: Promise<GuardedShop> | undefined
  #names = 0
  #looks = 0

  constructor(options: RunOptions) {
    this.#options = options
    this.#random = randomOf(options.seed)
  }

  /** Runs all classes. Rejects when no shop starts. */
  async run(): Promise<readonly ClassOutcome[]> {
    const results: ClassOutcome[] = []
    for (const each of this.#options.classes) {
      const result = await this.#runClass(each)
      results.push(result)
      const wrong = result.outcomes.filter(({ came }) => came !== undefined).length
      const seconds = (result.ms / 1_000).toFixed(1)
      this.#options.report(
        `${each.name}: ${result.outcomes.length} cases, ${wrong} not as expected, ${seconds} s`,
      )
    }
    return results
  }

  /** Stops everything that it has started. */
  async stop(): Promise<void> {
    await this.#renew()
    await (await this.#guarded?.catch(() => undefined))?.stop()
  }

  async #shop(): Promise<Victim> {
    if (this.#victim?.hasEnded()) await this.#renew()
    if (this.#victim) return this.#victim
    const victim = await startVictim()
    this.#victim = victim
    this.#customer = new HonestCustomer(victim)
    await this.#customer.order()
    return victim
  }

  async #renew(): Promise<void> {
    const victim = this.#victim
    this.#victim = undefined
    await victim?.stop()
  }

  #scene(victim: Victim): Scene {
    return {
      victim,
      random: this.#random,
      fresh: (prefix = "a") => `${prefix}-${this.#options.seed}-${this.#names++}`,
      guarded: () => this.#guardedShop(),
    }
  }

  #guardedShop(): Promise<GuardedShop> {
    return this.#guarded ??= startGuardedShop()
  }

  async #runClass(each: AttackClass): Promise<ClassOutcome> {
    const { name, attacks, spoils = false, sample = SAMPLE } = each
    const began = performance.now()
    const outcomes: Outcome[] = []
    let victim = await this.#shop()
    let prober = new Prober(victim)
    let [worstLoopMs, worstHealthzMs] = [0, 0]
    const note = async (worstMs: number) => {
      worstLoopMs = Math.max(worstLoopMs, worstMs)
      worstHealthzMs = Math.max(worstHealthzMs, await prober.stop())
    }
    const settle = async (outcome: Outcome, attack: Attack) => {
      outcomes.push(outcome)
      worstLoopMs = Math.max(worstLoopMs, outcome.loopMs ?? 0)
      if (outcome.came !== undefined) {
        this.#options.report(`NOT  ${name}: ${outcome.name}: ${outcome.came}`)
      }
      const state = await victim.loop(HANG_MS).catch(() => undefined)
      worstLoopMs = Math.max(worstLoopMs, state?.worstMs ?? HANG_MS)
      if (state) return
      this.#options.report(`${attack.name}: the shop hangs or is gone: another one`)
      await this.#renew()
      await note(HANG_MS)
      victim = await this.#shop()
      prober = new Prober(victim)
    }
    for (const group of groupsOf(this.#chosen(attacks(this.#random), sample))) {
      if (performance.now() - this.#began > this.#options.limitMs) {
        const untried = group.map(({ name, expected }) => ({ name, expected, came: NOT_TRIED }))
        outcomes.push(...untried)
        continue
      }
      if (group.some(({ isGuarded }) => isGuarded)) await this.#guardedShop().catch(() => undefined)
      let left = group
      if (group.length > 1) {
        const tried = await attemptTogether(group, this.#scene(victim))
        outcomes.push(...tried.outcomes)
        left = tried.left
      }
      for (const attack of left) {
        await settle(await attemptAlone(attack, this.#scene(victim)), attack)
      }
    }
    await note(0)
    if (spoils) await this.#renew()
    else outcomes.push(await this.#afterwards(this.#isLast(name)))
    return { name, outcomes, worstLoopMs, worstHealthzMs, ms: performance.now() - began }
  }

  /** Whether no other class attacks the shop after this one. */
  #isLast(name: string): boolean {
    const kept = this.#options.classes.filter(({ spoils }) => !spoils)
    return kept.at(-1)?.name === name
  }

  /** All attacks, or in a short run some random ones, in their order. */
  #chosen(attacks: readonly Attack[], sample: number): readonly Attack[] {
    if (!this.#options.isShort) return attacks
    const quick = attacks.filter(({ isLong }) => !isLong)
    while (quick.length > sample) quick.splice(this.#random.between(0, quick.length - 1), 1)
    return quick
  }

  async #afterwards(isLast: boolean): Promise<Outcome> {
    const isWhole = isLast || !this.#options.isShort && this.#looks++ % WHOLE_LOOK === 0
    const complaints = await this.#customer?.complaints(!isWhole) ?? []
    if (complaints.length > 0) await this.#renew()
    return {
      name: "afterwards",
      expected: "healthz within 300 ms, an order completes, the books balance, health exits with 0",
      came: complaints.length > 0 ? complaints.join("; ") : undefined,
    }
  }
}
