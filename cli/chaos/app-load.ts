/** The load of a chaos run: callers that ask what its simulation says. */
import { randomUUID } from "node:crypto"
import type { Ask } from "../../actors/internal.ts"
import { isFailure, isOutageName, type Message, messageOf } from "../../contracts/internal.ts"
import { Drawing, mix, type Scenario, unit } from "../../simulation/internal.ts"
import type { Accepted, Client } from "../../wire/internal.ts"
import { Problem } from "../problem.ts"
import { CHAOS } from "./limits.ts"
import { ObservedWorld } from "./observed-world.ts"

/** One command, and what its caller was told; undefined while the outcome is not known. */
export interface AppAsked {
  readonly ask: Ask
  readonly commandId: string
  answer: Accepted | Message<"rejection"> | undefined
}

const tryOnce = async (client: Client, asked: AppAsked): Promise<void> => {
  const { ask: { contract, id, command }, commandId } = asked
  try {
    const options = { commandId, timeoutMs: CHAOS.deadlineMs }
    asked.answer = await client.ask(contract, id, command as never, options)
  } catch (error) {
    if (!isFailure(error) || !isOutageName(error._tag)) throw error
  }
}

/** What a call of the simulation asks. Throws a `Problem` when the call fails. */
const drawn = (ask: () => Ask | undefined): Ask | undefined => {
  try {
    return ask()
  } catch (error) {
    const message = `a call of the simulation cannot say what it asks: ${messageOf(error)}`
    throw new Problem({ message })
  }
}

/** Asks until it ends. */
export class AppLoad {
  readonly asked: AppAsked[] = []
  readonly #scenario: Scenario
  readonly #clients: readonly Client[]
  readonly #signal: AbortSignal
  readonly #running: Promise<unknown>
  #ended = false

  /** Starts to ask, and ends at the latest when the signal aborts. */
  constructor(
    scenario: Scenario,
    clients: readonly Client[],
    seed: number,
    signal: AbortSignal,
  ) {
    this.#signal = signal
    this.#scenario = scenario
    this.#clients = clients
    this.#running = Promise.all(
      Array.from({ length: CHAOS.callers }, (_, caller) => this.#ask(mix(seed, caller), caller)),
    )
  }

  /** Resolves with the work. Rejects as soon as a caller fails meanwhile. */
  async during<A>(work: Promise<A>): Promise<A> {
    return await Promise.race([work, this.#running.then(() => work)])
  }

  /** Ends. Rejects when a command failed for another reason than an outage. */
  async stop(): Promise<void> {
    this.#ended = true
    await this.#running
  }

  /** Asks again, with the same ids, what no answer came to; for two minutes at most. */
  async askAgain(): Promise<number> {
    const open = this.asked.filter(({ answer }) => answer === undefined)
    const end = performance.now() + CHAOS.askAgainMs
    for (const asked of open) {
      // What has no answer then may have been carried out or not, as the laws expect of all calls.
      if (this.#signal.aborted || performance.now() > end) break
      await tryOnce(this.#clients[0]!, asked)
    }
    return open.length
  }

  get #goesOn(): boolean {
    return !this.#ended && !this.#signal.aborted && this.asked.length < CHAOS.commands
  }

  async #ask(seed: number, caller: number): Promise<void> {
    const { calls, app } = this.#scenario
    const total = calls.reduce((sum, { weight = 1 }) => sum + weight, 0)
    const nothingSeen = new ObservedWorld(app)
    const client = this.#clients[caller % this.#clients.length]!
    for (let count = 0; this.#goesOn; count++) {
      const key = mix(seed, count)
      let left = unit(key) * total
      const call = calls.find(({ weight = 1 }) => (left -= weight) < 0) ?? calls.at(-1)
      const drawing = new Drawing()
      drawing.move(mix(key, 1), String(count))
      const ask = drawn(() => call?.ask?.(drawing, nothingSeen))
      if (ask !== undefined) {
        const asked: AppAsked = { ask, commandId: randomUUID(), answer: undefined }
        this.asked.push(asked)
        await tryOnce(client, asked)
      }
      await new Promise((resolve) => setTimeout(resolve, CHAOS.pauseMs))
    }
  }
}
