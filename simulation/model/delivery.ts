/** Delivery: takes commands to their actors, and answers back, through everything that happens. */
import { mix } from "../chance.ts"
import { STRIKES, TIMES } from "../limits.ts"
import { type Core, latency } from "./core.ts"
import type { Sent, SentAnswer } from "./sent.ts"
import { lengthOf } from "./story.ts"

/** A message that is on its way for longer is told, in milliseconds. */
const TOLD_MS = 1_000

const SALT = { request: 11, again: 12, answer: 13 } as const

/** Takes commands to a receiver, at least once, and answers to their senders, once. */
export class Delivery {
  readonly #core: Core
  readonly #receive: (sent: Sent) => void

  constructor(core: Core, receive: (sent: Sent) => void) {
    this.#core = core
    this.#receive = receive
  }

  /** Sends a command. It arrives now or later, once or more than once. */
  send(sent: Sent): void {
    const { chance, schedule, story } = this.#core
    const place = mix(mix(sent.key, SALT.request), sent.tries++)
    if (sent.tries <= STRIKES.lost && chance.strikes("lose", place)) {
      story?.add(sent.by, `sends ${sent.command.type} to ${to(sent)}; it is lost on its way`)
      schedule.in(TIMES.retry, () => this.#again(sent))
      return
    }
    const wait = latency(this.#core, place)
    if (wait > TOLD_MS) {
      story?.add(sent.by, `sends ${sent.command.type} to ${to(sent)}; on its way ${lengthOf(wait)}`)
    }
    schedule.in(sent.isOnTime ? wait - TIMES.usual : wait, () => this.#receive(sent))
    if (chance.strikes("repeat", place)) {
      const again = latency(this.#core, mix(place, SALT.again))
      story?.add(sent.by, `sends ${sent.command.type} to ${to(sent)}; it comes twice`)
      schedule.in(again, () => this.#receive(sent))
    }
  }

  /** Tells the sender what became of its command. */
  answer(sent: Sent, answer: SentAnswer): void {
    if (sent.isAnswered) return
    const { chance, schedule, story } = this.#core
    const place = mix(mix(sent.key, SALT.answer), sent.tries)
    if (sent.tries <= STRIKES.lost && chance.strikes("lose", place)) {
      story?.add(to(sent), `answers ${sent.command.type} of ${sent.by}; the answer is lost`)
      schedule.in(TIMES.retry, () => this.#again(sent))
      return
    }
    const { answered } = sent
    if (!answered) return void (sent.answer = answer)
    schedule.in(latency(this.#core, place), () => {
      if (sent.isAnswered) return
      sent.answer = answer
      return answered(answer)
    })
  }

  #again(sent: Sent): void {
    if (!sent.isAnswered) this.send(sent)
  }
}

/** The actor that a command is for, as stories name it. */
export const to = ({ contract, id }: Pick<Sent, "contract" | "id">): string =>
  `${contract.name} ${id}`
