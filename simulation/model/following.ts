/** What policies of a simulated application do after a rejection, and when they give up. */
import { dueOf, type Policy, type Reaction } from "../../actors/internal.ts"
import type { Message } from "../../contracts/internal.ts"
import type { Metadata } from "../../wire/internal.ts"
import { mix } from "../chance.ts"
import type { Core } from "./core.ts"
import type { Delivery } from "./delivery.ts"
import { guarded } from "./guard.ts"
import { Sent, type SentAnswer } from "./sent.ts"
import { sentBy } from "./sent-by.ts"
import type { Timers } from "./timers.ts"

/** What follow-ups follow from. */
export interface FollowedFrom {
  readonly policy: Policy
  /** What stories name as their cause. */
  readonly where: string
  /** What the ids of their commands begin with. */
  readonly idBase: string
  readonly metadata: Metadata
  readonly time: Date
  /** The place of their choices. */
  readonly key: number
}

const SALT = { follow: 71 } as const

/** Carries out follow-ups, and keeps the rejections that were noted. */
export class Following {
  readonly #core: Core
  readonly #delivery: Delivery
  readonly #timers: Timers
  /** The rejections by the ids of their commands. They outlive every crash. */
  readonly #noted = new Map<string, Message<"rejection">>()

  constructor(core: Core, delivery: Delivery, timers: Timers) {
    this.#core = core
    this.#delivery = delivery
    this.#timers = timers
  }

  /** The noted rejection of a command, if it was handed out before. */
  noted(commandId: string): Message<"rejection"> | undefined {
    return this.#noted.get(commandId)
  }

  /** What follows from an answer, which is noted if that is a rejection that the policy handles. */
  from(
    { name, followUps }: Policy,
    { contract, id, command, commandId }: Pick<Sent, "contract" | "id" | "command" | "commandId">,
    answer: SentAnswer,
  ): readonly Reaction[] {
    if (answer.kind !== "rejection") return []
    if (!followUps.handlesRejection(contract.name, answer.type)) return []
    this.#noted.set(commandId, answer)
    const { type, data } = contract.codec.plain(command)
    const plain = contract.codec.plain(answer)
    const asked = { name: contract.name, id, type, data }
    return guarded("onRejected", name, answer.type, () => followUps.rejected(plain, asked))
  }

  /** Carries out one follow-up; `then` is called when it is answered. */
  one(
    reaction: Reaction,
    at: number,
    { policy, where, idBase, metadata, time, key }: FollowedFrom,
    then: () => void | Promise<void>,
  ): void | Promise<void> {
    const { story, schedule } = this.#core
    const commandId = `${idBase}/${at}`
    const place = mix(mix(key, SALT.follow), at)
    if (reaction.kind === "cancel") this.#timers.cancel(policy.name, reaction.name)
    else if (reaction.kind === "later") {
      const { ask, name = commandId } = reaction
      const due = sentBy(policy.name, where, () => dueOf(reaction.when, time))
      this.#timers.set({ policy: policy.name, name, ask, commandId, due, metadata, key: place })
    } else {
      const { contract, id, command } = reaction
      story?.add(policy.name, `${where}: asks ${contract.name} ${id} to ${command.type}`)
      const sent = { contract, id, command, commandId, metadata, by: policy.name }
      this.#delivery.send(
        sentBy(
          policy.name,
          where,
          () => new Sent({ key: place, ...sent, at: schedule.now, answered: then }),
        ),
      )
      return
    }
    return then()
  }

  /** Carries out all follow-ups, one after another. */
  all(reactions: readonly Reaction[], from: FollowedFrom, then: () => void | Promise<void>) {
    const next = (at: number): void | Promise<void> => {
      const reaction = reactions[at]
      return reaction ? this.one(reaction, at, from, () => next(at + 1)) : then()
    }
    return next(0)
  }
}
