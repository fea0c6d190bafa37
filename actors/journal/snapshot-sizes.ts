/** The sizes of snapshots: says so, once for each actor, when a state outgrows its snapshot. */
import { reportWarning } from "../../wire/internal.ts"
import { SNAPSHOT_WARNINGS } from "../limits.ts"

/** What was said about an actor. */
type Said = "near" | "over"

const shown = (name: string, id: string, bytes: number, most: number): string =>
  `the snapshot of ${name} ${id} has ${bytes} bytes, and one message holds at most ${most}`

/** Tells which snapshots fit, and warns about those that will not, or do not. */
export class SnapshotSizes {
  readonly #report: (text: string) => void
  /** By actor; the one that was heard of first is forgotten first. */
  readonly #said = new Map<string, Said>()

  constructor(report: (text: string) => void = reportWarning) {
    this.#report = report
  }

  /** Whether a snapshot of so many bytes can be kept, where one has at most `most`. */
  fits(name: string, id: string, bytes: number, most: number): boolean {
    if (bytes <= most * SNAPSHOT_WARNINGS.from) return true
    const now: Said = bytes > most ? "over" : "near"
    const key = `${name} ${id}`
    const before = this.#said.get(key)
    if (before !== now && before !== "over") this.#say(key, now, shown(name, id, bytes, most))
    return now === "near"
  }

  #say(key: string, now: Said, text: string): void {
    this.#said.delete(key)
    this.#said.set(key, now)
    const [oldest] = this.#said.keys()
    if (this.#said.size > SNAPSHOT_WARNINGS.actors && oldest !== undefined) {
      this.#said.delete(oldest)
    }
    const advice = "keep less in the state, split the actor, or raise max_payload of NATS"
    this.#report(
      now === "over"
        ? `${text}: none is kept, so each time the actor wakes its whole log is read: ${advice}`
        : `${text}: past that none is kept, and its whole log is read at each wake: ${advice}`,
    )
  }
}
