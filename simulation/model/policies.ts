/** The policies of a simulated application: they follow events, at least once each, and ask. */
import { dueOf, isFollowUp, partText, type Policy, type Reaction } from "../../actors/internal.ts"
import { followingMetadata, type RecordedEvent } from "../../wire/internal.ts"
import { mix } from "../chance.ts"
import type { Drawing } from "../choices.ts"
import { STRIKES, TIMES } from "../limits.ts"
import type { Delivery } from "./delivery.ts"
import type { ReadCommit } from "./cell.ts"
import { type Core, latency } from "./core.ts"
import { Following } from "./following.ts"
import { failureIn, guarded, guardedIfSync } from "./guard.ts"
import { checkSame } from "./same-reactions.ts"
import { sentBy } from "./sent-by.ts"
import { Sent, type SentAnswer } from "./sent.ts"
import { lengthOf } from "./story.ts"
import type { Timers } from "./timers.ts"
import { afterOf, commandIdOf, fromOf, type Inbox, newWork, placeOf, type Work } from "./work.ts"

const SALT = {
  ...{ hear: 31, round: 32, asked: 33, again: 34, parked: 35, twice: 36 },
  policy: 1_000,
} as const

/** An event that comes again does harm when it is late, such as setting a timer again. */
const STALLS_AGAIN = 10

/** A wait that is longer is told, in milliseconds. */
const TOLD_MS = 1_000

/** How often a policy handles an event twice to see whether it wants the same. */
const TWICE_IN = 16

/** A policy, and its place among all policies. */
interface Follower {
  readonly policy: Policy
  readonly number: number
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
  readonly #following: Following

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
    this.#following = new Following(core, delivery, timers)
  }

  /** Whether a policy has handlers for rejections of a contract. */
  follows(policy: string, contract: string): boolean {
    const found = this.#policies.find(({ name }) => name === policy)
    return found?.followUps.followsAsksOf(contract) ?? false
  }

  /** What follows when an actor has answered the command of a timer. */
  answered(policyName: string, sent: Sent, answer: SentAnswer): void | Promise<void> {
    const policy = this.#policies.find(({ name }) => name === policyName)
    if (!policy || isFollowUp(sent.commandId)) return
    const reactions = this.#following.from(policy, sent, answer)
    return this.#following.all(reactions, {
      ...{ policy, where: `after ${sent.command.type} was rejected` },
      ...{ idBase: `${sent.commandId}/rejected`, metadata: sent.metadata, key: sent.key },
      time: new Date(this.#core.schedule.now),
    }, () => {})
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
    const wait = latency(this.#core, key)
    if (wait > TOLD_MS) {
      const whose = `${commit.contract.name} ${commit.id}`
      this.#core.story?.add(policy.name, `is behind with ${whose}: ${lengthOf(wait)}`)
    }
    this.#plan(newWork(policy, commit, inbox, key, 0), wait)
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
      if (work.round === 0 && this.#givesUp(work, recorded, place)) return
      const { followUp } = work
      if (followUp) {
        const { reactions, commandId, at } = followUp
        const follow = reactions[at]
        if (follow) {
          return this.#following.one(follow, at, {
            ...fromOf(work, recorded, "what it asked was rejected"),
            ...{ idBase: `${commandId}/rejected`, key: mix(placeOf(work), work.reaction) },
          }, () => {
            followUp.at++
            return this.#step(work)
          })
        }
        work.followUp = undefined
        work.reaction++
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
    const what = `${event.type} of ${meta.actor} ${meta.id}`
    const failed = (error: unknown): never => {
      throw failureIn("the handler", name, what, error)
    }
    const handle = () => {
      // What it draws depends on the event alone.
      this.#drawing.move(place, place.toString(36))
      return guardedIfSync(name, what, () => policy.on(event, meta))
    }
    try {
      const got = handle()
      if (got instanceof Promise) return got.catch(failed)
      const { isStrict } = this.#core
      if (isStrict || mix(place, SALT.twice) % TWICE_IN === 0) checkSame(name, what, got, handle())
      return got
    } catch (error) {
      return failed(error)
    }
  }

  #ask(
    work: Work,
    recorded: RecordedEvent,
    { contract, id, command }: Extract<Reaction, { kind: "ask" }>,
    place: number,
  ): void | Promise<void> {
    const { schedule, chance, story } = this.#core
    const { name } = work.policy
    const isLeft = work.round < STRIKES.crashes && chance.strikes("crash", mix(place, SALT.asked))
    const commandId = commandIdOf(work, recorded)
    const follow = (answer: SentAnswer) => {
      const asked = { contract, id, command, commandId }
      const reactions = this.#following.from(work.policy, asked, answer)
      if (reactions.length > 0) work.followUp = { reactions, commandId, at: 0 }
      else work.reaction++
      return this.#step(work)
    }
    const noted = this.#following.noted(commandId)
    if (noted) return follow(noted)
    story?.add(
      name,
      `after ${recorded.event.type} of ${recorded.meta.actor} ${recorded.meta.id}: asks ` +
        `${contract.name} ${id} to ${command.type}`,
    )
    const sent = sentBy(name, afterOf(recorded), () =>
      new Sent({
        key: mix(placeOf(work), work.reaction),
        ...{ contract, id, command, by: name, at: schedule.now },
        commandId,
        metadata: followingMetadata(recorded.meta, recorded.meta.position),
        ...(isLeft ? {} : { answered: follow }),
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
      due: sentBy(policy, afterOf(recorded), () => dueOf(reaction.when, recorded.meta.time)),
      metadata: followingMetadata(recorded.meta, recorded.meta.position),
      key: mix(placeOf(work), work.reaction),
    })
  }

  /**
   * Whether the policy gives up: it asks what it asks then, and later an operator retries the
   * commit, or discards it. Meanwhile the actor's next events wait, if they do.
   */
  #givesUp(work: Work, recorded: RecordedEvent, place: number): boolean {
    const { chance, story } = this.#core
    const { policy, commit, inbox, key } = work
    const { parked } = policy.followUps
    const at = mix(place, SALT.parked)
    if (!parked || !chance.strikes("park", at)) return false
    work.isOver = true
    story?.add(policy.name, `gives up ${afterOf(recorded).slice("after ".length)}`)
    const { event, meta } = recorded
    const given = { contract: meta.actor, id: meta.id, reason: "an outage", attempts: 10 }
    const waits = policy.laterEvents === "wait" ? inbox : undefined
    if (!waits && inbox) this.#begin(policy, inbox, mix(key, SALT.hear))
    const handler = () => parked({ kind: "event", event: event as never, ...given })
    const reactions = guarded("onParked", policy.name, event.type, handler)
    const idBase = `${policy.identity}/${meta.position}/${partText(recorded)}/0/parked`
    const from = { ...fromOf(work, recorded, "it gives up"), idBase, key: at }
    this.#following.all(reactions, { ...from, time: new Date(this.#core.schedule.now) }, () => {
      if (chance.at(at) % 4 === 0) {
        story?.add(policy.name, `an operator discards it`)
        if (waits) this.#begin(policy, waits, mix(key, SALT.hear))
        return
      }
      const again = newWork(policy, commit, waits, key, work.round + 1)
      this.#plan(again, TIMES.redelivery + latency(this.#core, at))
    })
    return true
  }

  /** The policy stops. The commit comes again later; the actor's next events may overtake it. */
  #crash(work: Work, place: number): void {
    const { chance, story } = this.#core
    const { policy, commit, inbox, key } = work
    work.isOver = true
    const wait = TIMES.redelivery + latency(this.#core, mix(place, SALT.again), STALLS_AGAIN)
    const whose = `${commit.contract.name} ${commit.id}`
    story?.add(policy.name, `stops at ${whose}, and handles it again after ${lengthOf(wait)}`)
    const waits = !chance.strikes("overtake", place)
    const again = newWork(policy, commit, waits ? inbox : undefined, key, work.round + 1)
    this.#plan(again, wait)
    if (!waits && inbox) this.#begin(policy, inbox, mix(key, SALT.hear))
  }

  #finish(work: Work): void {
    const { chance, story } = this.#core
    const { policy, commit, inbox, key, round } = work
    work.isOver = true
    const place = mix(mix(key, SALT.again), round)
    if (round < STRIKES.crashes && chance.strikes("redeliver", place)) {
      const wait = TIMES.redelivery + latency(this.#core, place, STALLS_AGAIN)
      const whose = `${commit.contract.name} ${commit.id}`
      story?.add(policy.name, `will handle ${whose} again after ${lengthOf(wait)}`)
      this.#plan(newWork(policy, commit, undefined, key, round + 1), wait)
    }
    if (inbox) this.#begin(policy, inbox, mix(key, SALT.hear))
  }
}
