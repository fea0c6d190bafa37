/** The questions about actors in progress: bounded, and one answer for all who ask the same. */
import { Overloaded } from "../../../contracts/internal.ts"
import { READS } from "../../limits.ts"

/** A question about one actor, and until when its answer is of use. */
export interface Inspection {
  /** The actor: its name and its id. */
  readonly actor: string
  /** Everything that the answer depends on; the same text is the same question. */
  readonly text: string
  /** When the caller stops waiting, in milliseconds since 1970. */
  readonly until: number
}

/** Works out an answer, until the last of its callers stops waiting. */
export type Work = (until: number) => Promise<Uint8Array>

/** One computation of an answer, for all callers that ask the same. */
class Round {
  readonly answer: Promise<Uint8Array>
  until: number
  /** The bytes that its callers have got together. */
  given = 0
  /** For callers that came after this round began: it may have missed events that they know of. */
  next: Round | undefined
  readonly work: Work
  #resolve!: (answer: Uint8Array | PromiseLike<Uint8Array>) => void

  constructor(until: number, work: Work) {
    this.until = until
    this.work = work
    this.answer = new Promise((resolve) => this.#resolve = resolve)
  }

  /** Computes the answer; resolves when the work has ended, even if it failed. */
  async run(): Promise<void> {
    const working = Promise.resolve().then(() => this.work(this.until))
    this.#resolve(working)
    await working.catch(() => {})
  }
}

const overloaded = (message: string): Overloaded => new Overloaded({ message, retryAfterMs: 500 })

/** Computes answers, with a bound on how many at the same time. */
export class Inspections {
  readonly #rounds = new Map<string, Round>()
  readonly #ofActor = new Map<string, number>()
  #callers = 0

  /** The answer to a question. Rejects with `Overloaded` at once if there is too much to do. */
  async answer(question: Inspection, work: Work): Promise<Uint8Array> {
    if (this.#callers >= READS.callers) {
      throw overloaded(`${READS.callers} callers wait here for states and histories already`)
    }
    this.#callers++
    try {
      const round = this.#join(question, work)
      const answer = await round.answer
      round.given += answer.length
      if (round.given <= READS.sharedBytes) return answer
      throw overloaded(`callers were given ${READS.sharedBytes} bytes of this answer already`)
    } finally {
      this.#callers--
    }
  }

  #join({ actor, text, until }: Inspection, work: Work): Round {
    const key = `${actor} ${text}`
    const running = this.#rounds.get(key)
    if (!running) return this.#begin(actor, key, new Round(until, work))
    running.next ??= new Round(until, work)
    running.next.until = Math.max(running.next.until, until)
    return running.next
  }

  #begin(actor: string, key: string, round: Round): Round {
    const ofActor = this.#ofActor.get(actor) ?? 0
    if (this.#rounds.size >= READS.atOnce) {
      throw overloaded(`${READS.atOnce} states and histories are being read here already`)
    }
    if (ofActor >= READS.ofOneActor) {
      throw overloaded(`${READS.ofOneActor} questions about ${actor} are being answered already`)
    }
    this.#ofActor.set(actor, ofActor + 1)
    void this.#run(actor, key, round)
    return round
  }

  async #run(actor: string, key: string, first: Round): Promise<void> {
    for (let round: Round | undefined = first; round; round = round.next) {
      this.#rounds.set(key, round)
      await round.run()
    }
    this.#rounds.delete(key)
    const ofActor = this.#ofActor.get(actor)! - 1
    if (ofActor > 0) this.#ofActor.set(actor, ofActor)
    else this.#ofActor.delete(actor)
  }
}
