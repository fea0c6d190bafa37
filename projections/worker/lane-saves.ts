/** The saves of a lane: one after another, because each needs the revision of the one before. */
import { CHECKPOINT_MS } from "../limits.ts"
import { furtherOf, type Lane, type Reached, stillAhead } from "../store/lane.ts"
import { oneAtATime } from "./one-at-a-time.ts"
import { Overtaken, type Pass } from "./pass.ts"

/** What saving a lane takes, for changes of this type. */
export interface LaneSavesOptions<Changes> {
  readonly lane: Lane
  /** For each context, when the stream was created that is read. */
  readonly created: Lane["created"]
  /**
   * Writes changes and moves the checkpoint. Answers the lane's next revision, or undefined if
   * another worker has saved.
   */
  readonly save: (changes: Changes, before: Lane, after: Reached) => Promise<number | undefined>
  /** The empty changes, to save a position without rows. */
  readonly nothing: Changes
  /** Fails when a delayed checkpoint cannot be saved. */
  readonly pass: Pass
}

/** Saves one lane, starting from how it was read from the store. */
export class LaneSaves<Changes> {
  readonly #options: LaneSavesOptions<Changes>
  readonly #inTurn = oneAtATime()
  /** The lane as the store has it, except for positions that have moved only here. */
  #lane: Lane
  #checkpoint: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(options: LaneSavesOptions<Changes>) {
    this.#options = options
    this.#lane = options.lane
  }

  /** The lane with the position of its rows. */
  get lane(): Lane {
    return this.#lane
  }

  /** Saves after the saves before. Rejects with `Overtaken`, or as `save` does. */
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

  /** Moves the position here at once, and in the store soon: no row has changed. */
  move(after: Reached): void {
    // Without waiting for the save in progress, which may be a checkpoint that changes no row.
    this.#move(after)
    this.#checkpoint ??= setTimeout(() => void this.#checkpointNow(), CHECKPOINT_MS)
  }

  /** Resolves when no save is in progress and the checkpoint is saved, if that works. */
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

  /** Saves a position that has moved only here. */
  #checkpointNow(): Promise<void> {
    this.#cancelCheckpoint()
    return this.save(this.#options.nothing).catch((error) => this.#options.pass.fail(error))
  }
}
