/** The timers' memory twin, on a clock that a test can move forward. */
import { timerSubject } from "../../../wire/internal.ts"
import { firesAfter } from "../../due.ts"
import { SerialQueues } from "../serial-queues.ts"
import type { FiredTimer, Timer, Timers } from "./timers.ts"
import type { VirtualClock } from "../virtual-clock.ts"
import { contextOf } from "../../../contracts/internal.ts"

/** The timers of one context that have fired and are not done, and their handler. */
class Fired {
  readonly #waiting = new Set<FiredTimer>()
  #queues = new SerialQueues()
  #handle: ((fired: FiredTimer) => Promise<boolean>) | undefined

  get size(): number {
    return this.#waiting.size
  }

  has(policy: string, key: string): boolean {
    return [...this.#waiting].some((fired) => fired.policy === policy && fired.key === key)
  }

  add(fired: FiredTimer): void {
    this.#waiting.add(fired)
    this.#hand(fired)
  }

  handleBy(handle: (fired: FiredTimer) => Promise<boolean>): () => void {
    this.#handle = handle
    this.#queues = new SerialQueues()
    for (const fired of this.#waiting) this.#hand({ ...fired, redelivered: true }, fired)
    return () => {
      if (this.#handle === handle) this.#handle = undefined
    }
  }

  #hand(fired: FiredTimer, waiting = fired): void {
    const handle = this.#handle
    if (!handle) return
    void this.#queues.add(timerSubject(fired.policy, fired.key), async () => {
      if (this.#handle !== handle) return
      if (await handle(fired)) this.#waiting.delete(waiting)
    })
  }
}

/** Keeps timers in memory, as long as the object lives. */
export const memoryTimers = (clock: VirtualClock): Timers => {
  const waiting = new Map<string, { readonly timer: Timer; readonly stop: () => void }>()
  /** The subjects of timers that recur, or are suspended. */
  const recurring = new Set<string>()
  const contexts = new Map<string, Fired>()
  let firings = 0

  const firedOf = (context: string): Fired => {
    const known = contexts.get(context) ?? new Fired()
    contexts.set(context, known)
    return known
  }

  const forget = (policy: string, key: string): void => {
    const subject = timerSubject(policy, key)
    waiting.get(subject)?.stop()
    waiting.delete(subject)
  }

  const wait = ({ policy, key, due, payload }: Timer, after: number): void => {
    const at = firesAfter(due, after)
    const stop = clock.alarm(at, () => {
      forget(policy, key)
      const fired = { policy, key, payload, sequence: ++firings, time: at, redelivered: false }
      if ("at" in due) return firedOf(contextOf(policy)).add(fired)
      const occurrence = new Date(firesAfter(due, at)).toISOString()
      firedOf(contextOf(policy)).add({ ...fired, occurrence })
      wait({ policy, key, due, payload }, at)
    })
    waiting.set(timerSubject(policy, key), { timer: { policy, key, due, payload }, stop })
  }

  return {
    set: (timer) => {
      const { policy, key, due } = timer
      forget(policy, key)
      if (!("at" in due)) recurring.add(timerSubject(policy, key))
      wait(timer, clock.now())
      return Promise.resolve()
    },
    cancel: (policy, key) => {
      forget(policy, key)
      return Promise.resolve()
    },
    recurring: (context) =>
      Promise.resolve(
        [...recurring].flatMap((subject) => waiting.get(subject)?.timer ?? [])
          .filter(({ policy }) => contextOf(policy) === context),
      ),
    waiting: (policy, key) => Promise.resolve(waiting.get(timerSubject(policy, key))?.timer),
    isPending: (policy, key) =>
      Promise.resolve(
        waiting.has(timerSubject(policy, key)) || firedOf(contextOf(policy)).has(policy, key),
      ),
    count: (context) => {
      const prefix = timerSubject(`${context}.`, "").slice(0, -1)
      const own = [...waiting.keys()].filter((subject) => subject.startsWith(prefix))
      return Promise.resolve(own.length + firedOf(context).size)
    },
    serve: (context, handle) => {
      const fired = firedOf(context)
      const close = fired.handleBy(handle)
      return Promise.resolve({ close, lag: () => Promise.resolve(fired.size) })
    },
  }
}
