/** The actors that forget command ids too early: they get more commands than they can remember. */
import { limited, METRIC, METRICS, reportWarning } from "../../../wire/internal.ts"
import { FORGETFUL, REMEMBERED } from "../../limits.ts"

/** An actor that has forgotten ids within their window. */
interface Forgetful {
  readonly name: string
  readonly id: string
  /** For how long it remembered the last id that it forgot, in seconds. */
  readonly keptSeconds: number
  readonly windowMs: number
  readonly atMs: number
}

const HOUR_S = 3_600

const lasting = (seconds: number): string =>
  seconds >= 2 * HOUR_S
    ? `${Math.round(seconds / HOUR_S)} hours`
    : seconds >= 120
    ? `${Math.round(seconds / 60)} minutes`
    : `${Math.round(seconds)} s`

const textOf = ({ name, id, keptSeconds, windowMs }: Forgetful): string =>
  `${name} ${id} gets more commands than it can remember ids of (${REMEMBERED.most}): it ` +
  `forgets them after ${lasting(keptSeconds)} instead of ` +
  `${lasting(windowMs / 1_000)}, and a later repeat ` +
  "is carried out again. Shorten idempotencyWindow in its contract, split the actor, or " +
  "recognize repeats in decide"

/** Notes such actors, names some of them for an hour, and logs each once in a while. */
export class ForgetfulActors {
  readonly #now: () => number
  /** By actor, the one noted longest ago first. */
  readonly #noted = new Map<string, Forgetful>()
  readonly #warn: (text: string) => void

  constructor(now: () => number, report: (text: string) => void = reportWarning) {
    this.#now = now
    this.#warn = limited(report, { burst: FORGETFUL.logged, everyMs: FORGETFUL.loggedMs }, now)
  }

  /** Notes that an actor has forgotten `count` ids within their window. */
  note(
    actor: { readonly name: string; readonly id: string },
    count: number,
    { keptSeconds, windowMs }: { readonly keptSeconds: number; readonly windowMs: number },
  ): void {
    METRICS.counters(METRIC.idsForgotten).with(actor.name).add(count)
    const key = `${actor.name} ${actor.id}`
    const found = { ...actor, keptSeconds, windowMs, atMs: this.#now() }
    if (!this.#noted.delete(key)) this.#warn(textOf(found))
    this.#noted.set(key, found)
    const [oldest] = this.#noted.keys()
    if (this.#noted.size > FORGETFUL.actors && oldest !== undefined) this.#noted.delete(oldest)
  }

  /** One sentence for each actor that forgot too early within the last hour, some of them named. */
  warnings(): readonly string[] {
    const since = this.#now() - FORGETFUL.forMs
    for (const [key, { atMs }] of this.#noted) if (atMs < since) this.#noted.delete(key)
    const all = [...this.#noted.values()].toReversed()
    const named = all.slice(0, FORGETFUL.named).map(textOf)
    const others = all.length - named.length
    if (others === 0) return named
    const some = all.length < FORGETFUL.actors ? String(others) : `at least ${others}`
    return [...named, `${some} more actors get more commands than they can remember ids of`]
  }
}
