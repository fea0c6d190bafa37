/**
 * The load of a run: callers that repeatedly send commands to accounts, and record the outcomes.
 */
import type { Caller, Question } from "./caller.ts"
import type { Asked, Outcome } from "./history.ts"
import { type Random, randomOf } from "../../app/development/chaos/random.ts"

/** How much to send. */
export interface LoadOptions {
  readonly callers: readonly Caller[]
  readonly seed: number
  /** How many callers share a few accounts, and how many have an account of their own. */
  readonly shared: number
  readonly careful: number
  /** How long a caller rests after each command, in milliseconds. */
  readonly restMs: number
  /** The most commands. */
  readonly most: number
}

/** The default load. */
export const LOAD = { shared: 12, careful: 6, restMs: 25, most: 40_000 } as const

const HOT_ACCOUNTS = 6
/** How many times a command with an unknown outcome is sent again, with the same id. */
const RETRIES = 4

/** Sends commands until it is stopped. */
export class Load {
  readonly asked: Asked[] = []
  readonly #options: LoadOptions
  readonly #running: Promise<unknown>
  readonly #versions = new Map<string, number>()
  /** The ids of commands with an unknown outcome. */
  readonly #unknown = new Set<string>()
  readonly #beganMs = performance.now()
  #stopped = false
  #commands = 0

  /** Starts the load. */
  constructor(options: LoadOptions) {
    this.#options = options
    const { shared, careful, seed } = options
    const callers = Array.from({ length: shared + careful }, (_, caller) => {
      const random = randomOf(seed * 1_000 + caller)
      return caller < careful ? this.#careful(caller) : this.#shared(random)
    })
    this.#running = Promise.all(callers)
  }

  /** When the clock of the questions started. */
  get beganMs(): number {
    return this.#beganMs
  }

  /** Resolves when the most commands were sent and all are answered. */
  async ended(): Promise<void> {
    await this.#running
  }

  /** Sends nothing new, and resolves when everything is answered. */
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

  /** Several callers use the same few accounts, and sometimes a new one. */
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
   * One client deposits into an account that no other caller uses, and another client withdraws it.
   * A node that decides the withdrawal on an old state is wrong each time.
   */
  async #careful(caller: number): Promise<void> {
    const random = randomOf(this.#options.seed * 7_919 + caller)
    const id = `own-${caller}`
    while (this.#goesOn) {
      const amount = random.between(1, 9)
      for (const command of ["Deposit", "Withdraw"] as const) {
        await this.#insist(random, { id, commandId: this.#newId(), command, amount })
        await this.#rest()
      }
    }
  }

  /** Two clients send different commands under one id at the same time; only one takes effect. */
  async #conflict(random: Random, question: Question): Promise<void> {
    const other = { ...question, amount: question.amount + 1 }
    await Promise.all([this.#insist(random, question), this.#insist(random, other)])
  }

  /** Sends the same command again, with the same id, while its outcome is unknown. */
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
