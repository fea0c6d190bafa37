/** The policies of a simulated application: they follow events, at least once each, and ask. */
import { dueOf, type Policy, policyCommandId, type Reaction } from "../../actors/internal.ts"
import { messageOf } from "../../contracts/internal.ts"
import { followingMetadata, type RecordedEvent } from "../../wire/internal.ts"
import { mix } from "../chance.ts"
import type { Drawing } from "../choices.ts"
import { STRIKES, TIMES } from "../limits.ts"
import type { Delivery } from "./delivery.ts"
import { Broken } from "./broken.ts"
import type { ReadCommit } from "./cell.ts"
import { type Core, latency } from "./core.ts"
import { failureIn } from "./guard.ts"
import { Sent } from "./sent.ts"
import type { Timers } from "./timers.ts"

const SALT = { hear: 31, round: 32, asked: 33, again: 34, policy: 1_000 } as const

/** The events of one actor that one policy has not handled, in order. */
interface Inbox {
  readonly queue: ReadCommit[]
  isBusy: boolean
}

/** A policy, and its place among all policies. */
interface Follower {
  readonly policy: Policy
  readonly number: number
}

/** A policy at work on one commit. */
interface Work {
  readonly policy: Policy
  readonly commit: ReadCommit
  /** How often this commit was begun before. */
  readonly round: number
  /** The inbox that waits for it; undefined if later events do not wait. */
  readonly inbox: Inbox | undefined
  readonly key: number
  index: number
  reactions: readonly Reaction[] | undefined
  reaction: number
  isOver: boolean
}

/** Runs policies over commits. */
export class Policies {
  readonly #core: Core
  readonly #policies: readonly Policy[]
  /** The policies that follow each contract. */
  readonly #followers = new Map<string, readonly Follower[]>()
  readonly #inboxes = new Map<string, Inbox>()
  readonly #delivery: Delivery
  readonly #timers: Timers
  readonly #drawing: Drawing

  constructor(
    core: Core,
    policies: readonly Policy[],
    delivery: Delivery,
    timers: Timers,
    drawing: Drawing,
  ) {
    this.#core = core
    this.#policies = policies
    this.#delivery = delivery
    this.#timers = timers
    this.#drawing = drawing
  }

  /** Shows a new commit to the policies that follow it. */
  hear(commit: ReadCommit): void {
    for (const { number, policy } of this.#followersOf(commit.contract.name)) {
      if (!commit.events.some(({ event }) => policy.handles(event.type))) continue
      const key = mix(mix(commit.keys[0] ?? commit.key, SALT.hear), SALT.policy + number)
      const inbox = this.#inboxOf(`${number} ${commit.contract.name} ${commit.id}`)
      inbox.queue.push(commit)
      if (inbox.isBusy) continue
      inbox.isBusy = true
      this.#begin(policy, inbox, key)
    }
  }

  #followersOf(contract: string): readonly Follower[] {
    const known = this.#followers.get(contract)
    if (known) return known
    const followers = this.#policies.map((policy, number) => ({ policy, number }))
      .filter(({ policy }) => policy.from.some(({ name }) => name === contract))
    this.#followers.set(contract, followers)
    return followers
  }

  #inboxOf(name: string): Inbox {
    const known = this.#inboxes.get(name)
    if (known) return known
    const inbox = { queue: [], isBusy: false }
    this.#inboxes.set(name, inbox)
    return inbox
  }

  #begin(policy: Policy, inbox: Inbox, key: number): void {
    const commit = inbox.queue.shift()
    if (!commit) return void (inbox.isBusy = false)
    this.#plan(newWork(policy, commit, inbox, key, 0), latency(this.#core, key))
  }

  #plan(work: Work, milliseconds: number): void {
    this.#core.schedule.in(milliseconds, () => this.#step(work))
  }

  /** Goes on with a commit until something must be waited for. */
  #step(work: Work): void | Promise<void> {
    const { chance } = this.#core
    while (!work.isOver) {
      const recorded = this.#nextEvent(work)
      if (!recorded) return this.#finish(work)
      const place = mix(mix(placeOf(work), work.reaction), SALT.round + work.round)
      if (work.round < STRIKES.crashes && chance.strikes("crash", place)) {
        return this.#crash(work, place)
      }
      if (!work.reactions) {
        const got = this.#reactionsTo(work, recorded)
        if (got instanceof Promise) {
          return got.then((reactions) => {
            work.reactions = reactions
            return this.#step(work)
          })
        }
        work.reactions = got
        continue
      }
      const reaction = work.reactions[work.reaction]
      if (!reaction) {
        work.index++
        work.reactions = undefined
        work.reaction = 0
      } else if (reaction.kind === "ask") return this.#ask(work, recorded, reaction, place)
      else {
        this.#setOrCancel(work, recorded, reaction)
        work.reaction++
      }
    }
  }

  /** The event that the work is at; undefined when it has none left. */
  #nextEvent(work: Work): RecordedEvent | undefined {
    const { events } = work.commit
    while (work.index < events.length) {
      const recorded = events[work.index]!
      if (work.policy.handles(recorded.event.type)) return recorded
      work.index++
    }
    return undefined
  }

  #reactionsTo({ policy, index, commit }: Work, { event, meta }: RecordedEvent) {
    const { name } = policy
    const place = mix(commit.keys[index]!, SALT.policy)
    this.#drawing.move(place, place.toString(36))
    const failed = (error: unknown): never => {
      throw failureIn("the handler", name, `${event.type} of ${meta.actor} ${meta.id}`, error)
    }
    try {
      const got = policy.on(event, meta)
      return got instanceof Promise ? got.catch(failed) : got
    } catch (error) {
      return failed(error)
    }
  }

  #ask(
    work: Work,
    recorded: RecordedEvent,
    { contract, id, command }: Extract<Reaction, { kind: "ask" }>,
    place: number,
  ): void {
    const { schedule, chance, story } = this.#core
    const { name } = work.policy
    const isLeft = work.round < STRIKES.crashes && chance.strikes("crash", mix(place, SALT.asked))
    const answered = () => {
      work.reaction++
      return this.#step(work)
    }
    story?.add(
      name,
      `after ${recorded.event.type} of ${recorded.meta.actor} ${recorded.meta.id}: asks ` +
        `${contract.name} ${id} to ${command.type}`,
    )
    const sent = sentBy(name, recorded, () =>
      new Sent({
        key: mix(placeOf(work), work.reaction),
        ...{ contract, id, command, by: name, at: schedule.now },
        commandId: commandIdOf(work, recorded),
        metadata: followingMetadata(recorded.meta, recorded.meta.position),
        ...(isLeft ? {} : { answered }),
      }))
    this.#delivery.send(sent)
    if (isLeft) this.#crash(work, place)
  }

  #setOrCancel(
    work: Work,
    recorded: RecordedEvent,
    reaction: Exclude<Reaction, { kind: "ask" }>,
  ): void {
    const { name: policy } = work.policy
    if (reaction.kind === "cancel") return this.#timers.cancel(policy, reaction.name)
    const commandId = commandIdOf(work, recorded)
    const { ask, name = commandId } = reaction
    this.#timers.set({
      ...{ policy, name, ask, commandId },
      due: sentBy(policy, recorded, () => dueOf(reaction.when, recorded.meta.time)),
      metadata: followingMetadata(recorded.meta, recorded.meta.position),
      key: mix(placeOf(work), work.reaction),
    })
  }

  /** The policy stops. The commit comes again later; the actor's next events may overtake it. */
  #crash(work: Work, place: number): void {
    const { chance, story } = this.#core
    const { policy, commit, inbox, key } = work
    work.isOver = true
    story?.add(policy.name, `stops while it handles ${commit.contract.name} ${commit.id}`)
    const waits = !chance.strikes("overtake", place)
    const again = newWork(policy, commit, waits ? inbox : undefined, key, work.round + 1)
    this.#plan(again, TIMES.redelivery + latency(this.#core, mix(place, SALT.again)))
    if (!waits && inbox) this.#begin(policy, inbox, mix(key, SALT.hear))
  }

  #finish(work: Work): void {
    const { chance, story } = this.#core
    const { policy, commit, inbox, key, round } = work
    work.isOver = true
    const place = mix(mix(key, SALT.again), round)
    if (round < STRIKES.crashes && chance.strikes("redeliver", place)) {
      story?.add(policy.name, `will handle ${commit.contract.name} ${commit.id} again`)
      const again = newWork(policy, commit, undefined, key, round + 1)
      this.#plan(again, TIMES.redelivery + latency(this.#core, place))
    }
    if (inbox) this.#begin(policy, inbox, mix(key, SALT.hear))
  }
}

const newWork = (
  policy: Policy,
  commit: ReadCommit,
  inbox: Inbox | undefined,
  key: number,
  round: number,
): Work => ({
  policy,
  commit,
  inbox,
  key,
  round,
  index: 0,
  reactions: undefined,
  reaction: 0,
  isOver: false,
})

/** The place of the choices about a reaction: the same whenever the event is handled again. */
const placeOf = ({ key, commit, index }: Work): number => mix(key, commit.keys[index] ?? index)

/** The id of a policy's command, as the runner of policies makes it. */
const commandIdOf = ({ policy, reaction }: Work, recorded: RecordedEvent): string =>
  policyCommandId(policy, recorded, reaction)

/** What `make` returns. Throws `Broken`, which names the policy and the event, when it throws. */
const sentBy = <T>(policy: string, { event, meta }: RecordedEvent, make: () => T): T => {
  try {
    return make()
  } catch (error) {
    const where = `after ${event.type} of ${meta.actor} ${meta.id}`
    const message = `${policy} wants something impossible ${where}: ${messageOf(error)}`
    throw new Broken("contract", policy, message, error)
  }
}
