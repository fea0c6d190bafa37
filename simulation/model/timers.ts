/** The timers of a simulated application: they wait in virtual time, fire, and can be replaced. */
import type { Ask } from "../../actors/internal.ts"
import { type Due, firesAfter } from "../../actors/internal.ts"
import type { Metadata } from "../../wire/internal.ts"
import { mix } from "../chance.ts"
import { RUN } from "../limits.ts"
import type { Core } from "./core.ts"
import { lengthOf } from "./story.ts"

/** A timer, as its policy sets it. */
export interface WaitingTimer {
  readonly policy: string
  readonly name: string
  readonly due: Due
  readonly ask: Ask
  readonly commandId: string
  readonly metadata: Metadata
  /** The place of its choices. */
  readonly key: number
  /** When it fires next, in milliseconds since 1970. */
  readonly at: number
}

const SALT = { occurrence: 41 } as const

/** Keeps timers. Fired ones are handed to `fire`, with the id and the place of their command. */
export class Timers {
  readonly #core: Core
  readonly #waiting = new Map<string, WaitingTimer>()
  readonly #fire: (timer: WaitingTimer, commandId: string, key: number) => void

  constructor(
    core: Core,
    fire: (timer: WaitingTimer, commandId: string, key: number) => void,
  ) {
    this.#core = core
    this.#fire = fire
  }

  /** The timers that wait, in the order in which they were set. */
  get waiting(): IterableIterator<WaitingTimer> {
    return this.#waiting.values()
  }

  /** When the waiting timers fire. */
  *times(): Iterable<number> {
    for (const { at } of this.#waiting.values()) yield at
  }

  /** Sets a timer, and replaces one with the same name. */
  set(timer: Omit<WaitingTimer, "at">): void {
    const { schedule, story } = this.#core
    const at = Math.max(firesAfter(timer.due, schedule.now), schedule.now)
    story?.add(
      timer.policy,
      `sets the timer ${timer.name} to ask ${timer.ask.command.type} of ` +
        `${timer.ask.contract.name} ${timer.ask.id} after ${
          lengthOf(Math.round(at - schedule.now))
        }`,
    )
    this.#wait({ ...timer, at }, 1)
  }

  /** Cancels a timer, if it still waits. */
  cancel(policy: string, name: string): void {
    const cancelled = this.#waiting.delete(keyOf(policy, name))
    const { story, changed } = this.#core
    changed()
    story?.add(policy, cancelled ? `cancels the timer ${name}` : `finds no timer ${name} to cancel`)
  }

  #wait(timer: WaitingTimer, occurrence: number): void {
    const { schedule, changed, story } = this.#core
    const key = keyOf(timer.policy, timer.name)
    this.#waiting.set(key, timer)
    changed()
    if (occurrence > RUN.recurrences) return
    schedule.at(timer.at, () => {
      if (this.#waiting.get(key) !== timer) return
      this.#waiting.delete(key)
      changed()
      story?.add(timer.policy, `the timer ${timer.name} fires`)
      if ("at" in timer.due) return this.#fire(timer, timer.commandId, timer.key)
      const next = firesAfter(timer.due, timer.at)
      const id = `${timer.commandId}/${new Date(next).toISOString()}`
      this.#fire(timer, id, mix(mix(timer.key, SALT.occurrence), occurrence))
      this.#wait({ ...timer, at: next }, occurrence + 1)
    })
  }
}

const keyOf = (policy: string, name: string): string => `${policy}/${name}`
