/** The load of a run: lanes that ask accounts again and again, and remember what was answered. */
import type { Caller, Question } from "./caller.ts"
import type { Asked, Outcome } from "./history.ts"
import { type Random, randomOf } from "./random.ts"

/** How much is asked. */
export interface LoadOptions {
  readonly callers: readonly Caller[]
  readonly seed: number
  /** How many lanes share a few accounts, and how many have one of their own. */
  readonly shared: number
  readonly careful: number
  /** How long a lane rests after each command, in milliseconds. */
  readonly restMs: number
  /** Commands at most. */
  readonly most: number
}

/** What is asked of accounts when nothing else is said. */
export const LOAD = { shared: 12, careful: 6, restMs: 25, most: 40_000 } as const

const HOT_ACCOUNTS = 6
/** How often a command whose outcome is unknown is asked again, with the same id. */
const RETRIES = 4

/** Asks until it is stopped. */
export class Load {
  readonly asked: Asked[] = []
  readonly #options: LoadOptions
  readonly #running: Promise<unknown>
  readonly #versions = new Map<string, number>()
  /** The ids of commands of which it is not known what has become. */
  readonly #unknown = new Set<string>()
  readonly #beganMs = performance.now()
  #stopped = false
  #commands = 0

  /** Begins. */
  constructor(options: LoadOptions) {
    this.#options = options
    const { shared, careful, seed } = options
    const lanes = Array.from({ length: shared + careful }, (_, lane) => {
      const random = randomOf(seed * 1_000 + lane)
      return lane < careful ? this.#careful(lane) : this.#shared(random)
    })
    this.#running = Promise.all(lanes)
  }

  /** What the times of the questions count from. */
  get beganMs(): number {
    return this.#beganMs
  }

  /** Resolves when as much was asked as may be at most, and all of it is answered. */
  async ended(): Promise<void> {
    await this.#running
  }

  /** Asks nothing new, and resolves when everything is answered. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  get #goesOn(): boolean {
    return !this.#stopped && this.#commands < this.#options.most
  }

  #newId(): string {
    return `c-${this.#commands++}`
  }

  /** Several lanes ask the same few accounts, and now and then one that nobody has asked. */
  async #shared(random: Random): Promise<void> {
    while (this.#goesOn) {
      const commandId = this.#newId()
      const id = random.happens(0.15)
        ? `cold-${commandId}`
        : `hot-${random.between(1, HOT_ACCOUNTS)}`
      const command = random.happens(0.5) ? "Deposit" : "Withdraw"
      const amount = command === "Withdraw" ? random.between(1, 4) : random.between(0, 4)
      const expectedVersion = random.happens(0.05) ? this.#versions.get(id) ?? 0 : undefined
      const question = { id, commandId, command, amount, expectedVersion } as const
      if (random.happens(0.05)) await this.#conflict(random, question)
      else {
        await this.#insist(random, question)
        if (random.happens(0.1)) await this.#ask(random, question)
      }
      await this.#rest()
    }
  }

  /**
   * What was paid into an account of one's own is taken out again by another client: whoever
   * decides that on an old state is wrong each time.
   */
  async #careful(lane: number): Promise<void> {
    const random = randomOf(this.#options.seed * 7_919 + lane)
    const id = `own-${lane}`
    while (this.#goesOn) {
      const amount = random.between(1, 9)
      for (const command of ["Deposit", "Withdraw"] as const) {
        await this.#insist(random, { id, commandId: this.#newId(), command, amount })
        await this.#rest()
      }
    }
  }

  /** Two clients ask for different things under one id at the same time: one of them is done. */
  async #conflict(random: Random, question: Question): Promise<void> {
    const other = { ...question, amount: question.amount + 1 }
    await Promise.all([this.#insist(random, question), this.#insist(random, other)])
  }

  /** Asks again, with the same id, while the outcome is unknown. */
  async #insist(random: Random, question: Question): Promise<void> {
    for (let each = 0; each <= RETRIES; each++) {
      const { type } = await this.#ask(random, question)
      if (type !== "unknown") return
    }
  }

  async #ask(random: Random, question: Question): Promise<Outcome> {
    const caller = random.pick(this.#options.callers)
    const retry = this.#unknown.has(question.commandId)
    const sentMs = performance.now()
    const outcome = await caller({ ...question, retry })
    this.asked.push({ ...question, retry, sentMs, doneMs: performance.now(), outcome })
    if (outcome.type === "unknown") this.#unknown.add(question.commandId)
    if (outcome.type === "accepted") this.#versions.set(question.id, outcome.version)
    return outcome
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#options.restMs))
  }
}
