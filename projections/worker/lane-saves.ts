/** The saves of a lane: one after another, as each needs the revision of the one before. */
import { furtherOf, type Lane, type Reached, stillAhead } from "../store/lane.ts"
import { CHECKPOINT_MS } from "../limits.ts"

/** Another worker has saved: not a failure, as that one does the work. */
export class Overtaken extends Error {
  override readonly name = "Overtaken"
}

/** What saving a lane takes, with changes of this kind. */
export interface LaneSavesOptions<Changes> {
  readonly lane: Lane
  /** For each context, when the stream was created that is read. */
  readonly created: Lane["created"]
  /**
   * Writes changes and moves the checkpoint; answers the lane's next revision, or undefined when
   * another worker has saved.
   */
  readonly save: (changes: Changes, before: Lane, after: Reached) => Promise<number | undefined>
  /** Changes that are none, for a position to which nothing was written. */
  readonly nothing: Changes
  /** Called once, when it cannot go on. */
  readonly fail: (error: unknown) => void
}

/** Saves one lane, from where it was when it was read from the store. */
export class LaneSaves<Changes> {
  readonly #options: LaneSavesOptions<Changes>
  /** As it is in the store, but for positions that were only moved here. */
  #lane: Lane
  #saving: Promise<void> = Promise.resolve()
  #checkpoint: ReturnType<typeof setTimeout> | undefined
  #failed = false

  constructor(options: LaneSavesOptions<Changes>) {
    this.#options = options
    this.#lane = options.lane
  }

  /** The lane as its rows are. */
  get lane(): Lane {
    return this.#lane
  }

  /** Whether nothing is saved any more. */
  get failed(): boolean {
    return this.#failed
  }

  /** Saves when what was given before is saved. Rejects with `Overtaken`, or as `save` does. */
  save(changes: Changes, reached?: Reached): Promise<void> {
    const done = this.#saving.then(async () => {
      if (this.#failed) return
      clearTimeout(this.#checkpoint)
      this.#checkpoint = undefined
      const after = reached ?? { ...this.#lane, created: this.#options.created }
      const revision = await this.#options.save(changes, this.#lane, after)
      if (revision === undefined) throw new Overtaken("another worker has saved")
      this.#lane = { ...this.#lane, revision }
      this.#move(after)
    })
    this.#saving = done.catch(() => {})
    return done
  }

  /** Moves the position here at once, and in the store soon: nothing was written to get there. */
  move(after: Reached): void {
    // Not after what is being saved: that may be a checkpoint, which changes no row.
    this.#move(after)
    this.#checkpoint ??= setTimeout(() => this.#checkpointNow(), CHECKPOINT_MS)
  }

  /** Resolves when nothing is under way any more and the checkpoint is saved, if that works. */
  async stop(): Promise<void> {
    clearTimeout(this.#checkpoint)
    if (this.#checkpoint !== undefined) this.#checkpointNow()
    await this.#saving
    this.#failed = true
  }

  /** Ends it; says so once. */
  fail(error: unknown): void {
    if (this.#failed) return
    this.#failed = true
    clearTimeout(this.#checkpoint)
    this.#checkpoint = undefined
    this.#options.fail(error)
  }

  #move({ positions, ahead, created }: Reached): void {
    const further = furtherOf(this.#lane.positions, positions)
    const left = stillAhead(ahead, further)
    this.#lane = { ...this.#lane, positions: further, ahead: left, created }
  }

  /** Saves a position that was only moved here. */
  #checkpointNow(): void {
    this.save(this.#options.nothing).catch((error) => this.fail(error))
  }
}
