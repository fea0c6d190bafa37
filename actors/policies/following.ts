/** Following: carries out what follows from a rejection, or from something that is given up. */
import { digest, isOutage, messageOf } from "../../contracts/internal.ts"
import { limited, type Metadata, METADATA_NAMES, reportWarning } from "../../wire/internal.ts"
import { dueOf } from "../due.ts"
import { POLICY } from "../limits.ts"
import type { Policy } from "../policy.ts"
import type { Reaction } from "../reaction.ts"
import { encodeAsk, type PlainAsk, sendAsk } from "./plain-ask.ts"
import type { NotedRejection } from "./parking/parking.ts"
import type { PolicyRunnerOptions } from "./policy-runner-options.ts"
import { reasonOf } from "./retry-loop.ts"
import { namedKey } from "./timer-of.ts"

/** What follow-ups follow from. */
export interface FollowedFrom {
  /** What the ids of their commands begin with. */
  readonly idBase: string
  readonly metadata: Metadata
  /** The time that durations count from, in milliseconds since 1970. */
  readonly timeMs: number
  /** Whether they may have been carried out before. */
  readonly perhapsBefore: boolean
}

/** The metadata of an ask, for what follows from it. */
export const metadataOf = (ask: PlainAsk): Metadata => {
  const given = METADATA_NAMES.filter((name) => ask[name] !== undefined)
  return {
    correlation: ask.correlation,
    ...Object.fromEntries(given.map((name) => [name, ask[name]])),
  }
}

/** Whether a command follows from a rejection or from giving up: nothing follows from it again. */
export const isFollowUp = (commandId: string): boolean =>
  /\/(?:rejected|parked)\/\d+$/.test(commandId)

/** Limited, because an outage of the store fails one for each rejection. */
const stays = limited(reportWarning, { burst: 1, everyMs: 60_000 })

interface Settled {
  readonly commandId: string
  readonly atMs: number
}

/** Sends the asks of one policy, and what follows from their rejections. */
export class Following {
  readonly #policy: Policy
  readonly #options: PolicyRunnerOptions
  /** The rejections whose follow-ups are done, the first first. */
  readonly #settled: Settled[] = []
  /** How many of them are being forgotten now. */
  #forgetting = 0

  constructor(policy: Policy, options: PolicyRunnerOptions) {
    this.#policy = policy
    this.#options = options
  }

  /**
   * Sends an ask, and carries out what follows if it is rejected. Rejects if one of these has
   * failed; the next call then goes on with what follows from the rejection that was noted.
   * A rejection that was noted before `sinceMs` does not count: the actor decides again.
   */
  async ask(ask: PlainAsk, timeMs: number, sinceMs = 0): Promise<void> {
    const { client, parking } = this.#options
    const { followUps, identity } = this.#policy
    const follows = followUps.followsAsksOf(ask.name) && !isFollowUp(ask.commandId)
    if (!follows) return void await sendAsk(client, ask, this.#options)
    const perhapsBefore = ask.askedSince !== undefined
    let rejection = perhapsBefore ? await parking.noted(identity, ask.commandId) : undefined
    if (!rejection || rejection.atMs < sinceMs) {
      const answer = await sendAsk(client, ask, this.#options)
      if (!answer || !followUps.handlesRejection(ask.name, answer.type)) return
      rejection = { type: answer.type, data: answer.data, atMs: Date.now() }
      await parking.note(identity, ask.commandId, rejection)
    }
    const reactions = this.#reactionsTo(rejection, ask)
    const idBase = `${ask.commandId}/rejected`
    await this.carryOut(reactions, { idBase, metadata: metadataOf(ask), timeMs, perhapsBefore })
    this.#settle(ask.commandId)
  }

  /** What follows from a rejection. Throws what the handler throws, naming the rejection. */
  #reactionsTo(rejection: NotedRejection, ask: PlainAsk): readonly Reaction[] {
    try {
      return this.#policy.followUps.rejected(rejection, ask)
    } catch (error) {
      if (isOutage(error)) throw error
      const where = `${rejection.type} of ${ask.type} to ${ask.name} ${ask.id}`
      throw new Error(`after the rejection ${where}: ${messageOf(error)}`, { cause: error })
    }
  }

  /** Carries out reactions one after another. Rejects with the first failure. */
  async carryOut(reactions: readonly Reaction[], from: FollowedFrom): Promise<void> {
    const { client, timers } = this.#options
    const { identity } = this.#policy
    for (const [index, reaction] of reactions.entries()) {
      const commandId = `${from.idBase}/${index}`
      if (reaction.kind === "cancel") {
        await timers.cancel(identity, namedKey(reaction.name))
      } else if (reaction.kind === "ask") {
        await sendAsk(client, plainOf(reaction, commandId, from), this.#options)
      } else {
        await timers.set({
          policy: identity,
          key: reaction.name === undefined ? `e-${digest(commandId)}` : namedKey(reaction.name),
          due: dueOf(reaction.when, new Date(from.timeMs)),
          payload: encodeAsk(plainOf(reaction.ask, commandId, from)),
        })
      }
    }
  }

  /**
   * Notes that what follows from a rejection is done, and forgets those for which that was so some
   * time ago: by then the message that led to them is acknowledged. The last ones, and what a stop
   * leaves behind, are forgotten at a later start.
   */
  #settle(commandId: string): void {
    const nowMs = performance.now()
    this.#settled.push({ commandId, atMs: nowMs })
    const { parking } = this.#options
    while (this.#settled.length > 0 && this.#forgetting < POLICY.notesAtOnce) {
      const [first] = this.#settled
      const isOld = nowMs - first!.atMs > POLICY.settledMs
      if (!isOld && this.#settled.length <= POLICY.notes) return
      this.#settled.shift()
      this.#forgetting++
      parking.forget(this.#policy.identity, first!.commandId)
        .catch((error) => stays(`${this.#policy.name} keeps a noted rejection: ${reasonOf(error)}`))
        .finally(() => this.#forgetting--)
    }
    // They stay noted until a start at which nothing is left to do.
    while (this.#settled.length > 2 * POLICY.notes) this.#settled.shift()
  }
}

const plainOf = (
  { contract, id, command }: Extract<Reaction, { kind: "ask" }>,
  commandId: string,
  { metadata, timeMs, perhapsBefore }: FollowedFrom,
): PlainAsk => {
  const { type, data } = contract.codec.plain(command)
  const since = perhapsBefore ? { askedSince: timeMs } : {}
  return { name: contract.name, id, type, data, commandId, ...since, ...metadata }
}
