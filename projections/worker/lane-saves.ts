/** The saves of a lane: one after another, because each needs the revision of the one before. */
import { CHECKPOINT_MS } from "../limits.ts"
import { furtherOf, type Lane, type Reached, stillAhead } from "../store/lane.ts"
import { oneAtATime } from "./one-at-a-time.ts"
import { Overtaken, type Pass } from "./pass.ts"

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
  /** The empty changes, for a position to which nothing was written. */
  readonly nothing: Changes
  /** Fails when a checkpoint that was put off cannot be saved. */
  readonly pass: Pass
}

/** Saves one lane, from where it was when it was read from the store. */
export class LaneSaves<Changes> {
  readonly #options: LaneSavesOptions<Changes>
  readonly #inTurn = oneAtATime()
  /** As it is in the store, but for positions that were only moved here. */
  #lane: Lane
  #checkpoint: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(options: LaneSavesOptions<Changes>) {
    this.#options = options
    this.#lane = options.lane
  }

  /** The lane as its rows are. */
  get lane(): Lane {
    return this.#lane
  }

  /**
   * Saves when what was given before is saved. Rejects with `Overtaken`, or as `save` does.
   */
  save(changes: Changes, reached?: Reached): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#closed) throw new Overtaken("the lane is no longer written here")
      this.#cancelCheckpoint()
      const after = reached ?? { ...this.#lane, created: this.#options.created }
      const revision = await this.#options.save(changes, this.#lane, after)
      if (revision === undefined) throw new Overtaken("another worker has saved")
      this.#lane = { ...this.#lane, revision }
      this.#move(after)
    })
  }

  /** Moves the position here at once, and in the store soon: nothing was written to get there. */
  move(after: Reached): void {
    // Not after what is being saved: that may be a checkpoint, which changes no row.
    this.#move(after)
    this.#checkpoint ??= setTimeout(() => void this.#checkpointNow(), CHECKPOINT_MS)
  }

  /** Resolves when nothing is under way and the checkpoint is saved, if that works. */
  async stop(): Promise<void> {
    if (this.#checkpoint !== undefined) await this.#checkpointNow()
    await this.#inTurn(() => Promise.resolve())
    this.#cancelCheckpoint()
    this.#closed = true
  }

  #move({ positions, ahead, created }: Reached): void {
    const further = furtherOf(this.#lane.positions, positions)
    const left = stillAhead(ahead, further)
    this.#lane = { ...this.#lane, positions: further, ahead: left, created }
  }

  #cancelCheckpoint(): void {
    clearTimeout(this.#checkpoint)
    this.#checkpoint = undefined
  }

  /** Saves a position that was only moved here. */
  #checkpointNow(): Promise<void> {
    this.#cancelCheckpoint()
    return this.save(this.#options.nothing).catch((error) => this.#options.pass.fail(error))
  }
}
