/**
 * The restore of an application: all streams of a backup, or none. Until all streams are correct,
 * they carry a mark and the logs take no writes.
 */
import { JetStreamApiError, type StreamConfig } from "@nats-io/jetstream"
import { JETSTREAM_ERROR, type NatsWire, pause, snapshotStreamName } from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import { type CheckedBackup, partsOf } from "./backup-folder.ts"
import { type BackupStream, filesOf } from "./backup-manifest.ts"
import { restoreStream, stateOf } from "./backup-nats.ts"
import { RequestRefused, type StreamState } from "./jetstream-request.ts"
import {
  checkConsumers,
  checkPrefix,
  checkState,
  checkSubjects,
  foreignSettings,
  managerOf,
  untilKept,
} from "./restore-check-nats.ts"
import { closed, type Mark, marked, markOf, unmarked } from "./restore-mark.ts"
import { logStreamOf, type StreamOptions, timerStreamOf } from "./stream-settings-nats.ts"
import { messageOf } from "../../contracts/internal.ts"

/** The options of a restore. */
export interface RestoreOptions extends StreamOptions {
  /** Removes streams that never held a message, and snapshots of logs that are gone. */
  readonly removeLeftovers?: boolean
  /** Aborts the restore, which then removes what it has made. */
  readonly signal?: AbortSignal
  /** Receives lines that the operator should read. */
  readonly say?: (line: string) => void
}

/** How long a server may keep the name of an aborted restore, in milliseconds. */
const NAME_KEPT_MS = 15_000
const PAUSE_MS = 500

type Manager = Awaited<ReturnType<typeof managerOf>>

interface Present {
  readonly name: string
  readonly mark: Mark | undefined
  readonly messages: number
  /** Whether the stream never held a message. */
  readonly isNew: boolean
}

const presentOf = async (
  { streams, names }: Manager,
  name: string,
): Promise<Present | undefined> => {
  try {
    const { config, state } = await streams.info(names.stream(name))
    const mark = markOf(config as unknown as Record<string, unknown>)
    return { name, mark, messages: state.messages, isNew: state.last_seq === 0 }
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JETSTREAM_ERROR.noStream) {
      return undefined
    }
    throw error
  }
}

/** One run of a restore. */
class Restore {
  readonly #wire: NatsWire
  readonly #manager: Manager
  readonly #app: AppDefinition
  readonly #backup: CheckedBackup
  readonly #options: RestoreOptions
  readonly #mark: Mark

  constructor(
    wire: NatsWire,
    manager: Manager,
    app: AppDefinition,
    backup: CheckedBackup,
    options: RestoreOptions,
  ) {
    this.#wire = wire
    this.#manager = manager
    this.#app = app
    this.#backup = backup
    this.#options = options
    this.#mark = { backup: backup.id, run: crypto.randomUUID(), whole: false }
  }

  async run(): Promise<void> {
    for (const each of this.#streams) checkPrefix(this.#manager, each)
    const present = await this.#present()
    if (this.#isAlmostDone(present)) return await this.#open()
    await this.#clear(present)
    try {
      for (const stream of this.#streams) await this.#make(stream)
      for (const { name } of this.#streams) await this.#update(name, { ...this.#mark, whole: true })
    } catch (error) {
      await this.#takeAway(error)
    }
    await this.#open()
  }

  get #streams(): readonly BackupStream[] {
    return this.#backup.manifest.streams
  }

  async #present(): Promise<Present[]> {
    const names = [
      ...this.#streams.map(({ name }) => name),
      ...this.#app.contexts.map(snapshotStreamName),
    ]
    const found = await Promise.all(names.map((name) => presentOf(this.#manager, name)))
    return found.filter((each) => each !== undefined)
  }

  /** Whether an earlier run with this backup was killed while it removed its marks. */
  #isAlmostDone(present: readonly Present[]): boolean {
    const names = new Set(this.#streams.map(({ name }) => name))
    const own = present.filter(({ name }) => names.has(name))
    return own.length === names.size && own.some(({ mark }) => mark) &&
      own.every(({ mark }) => !mark || (mark.whole && mark.backup === this.#backup.id))
  }

  /** Removes what a killed run has made, and leftovers if that was asked for. */
  async #clear(present: readonly Present[]): Promise<void> {
    const snapshots = this.#app.contexts.map(snapshotStreamName)
    const isCache = ({ name }: Present) => snapshots.includes(name)
    const isLeftover = (each: Present) => isCache(each) || each.isNew
    const ours = present.filter(({ mark }) => mark)
    const theirs = present.filter((each) => !each.mark && !(isCache(each) && each.messages === 0))
    const { removeLeftovers = false, say } = this.#options
    const inTheWay = theirs.filter((each) => !removeLeftovers || !isLeftover(each))
    if (inTheWay.length > 0) throw new Error(inTheWayText(inTheWay, isLeftover, ours.length > 0))
    for (const { name, mark, messages } of [...ours, ...theirs]) {
      const what = mark ? "what an earlier restore has left" : `${messages} messages`
      say?.(`removing ${name}: ${what}`)
      await this.#delete(name)
    }
  }

  #settingsOf({ kind, context }: BackupStream) {
    const settingsOf = kind === "log" ? logStreamOf : timerStreamOf
    return settingsOf(context, this.#options, this.#manager.names)
  }

  /** The settings of a stream during the restore. Timers stay open, because due ones must fire. */
  #settingsWhile(stream: BackupStream, mark: Mark) {
    const settings = marked(this.#settingsOf(stream), mark)
    return stream.kind === "log" ? closed(settings, stream.state.bytes) : settings
  }

  async #make(stream: BackupStream): Promise<void> {
    const { signal, say } = this.#options
    signal?.throwIfAborted()
    const wanted = this.#settingsOf(stream)
    for (const setting of foreignSettings(stream.settings, wanted)) {
      const [was, is] = [stream.settings, { ...wanted } as Record<string, unknown>]
        .map((settings) => JSON.stringify(settings[setting]) ?? "not set")
      say?.(`${stream.name}: ${setting} was ${was} and is ${is} after the restore`)
    }
    checkState(stream, await this.#send(stream, this.#settingsWhile(stream, this.#mark)))
    await untilKept(this.#manager, stream.name, signal)
    await checkSubjects(this.#manager, stream)
    const taken = await checkConsumers(this.#manager, this.#app, stream)
    if (taken.length > 0) say?.(`${stream.name}: without the consumers ${taken.join(", ")}`)
  }

  /** Uploads a stream. Retries while the server keeps the name for an aborted run. */
  async #send(
    stream: BackupStream,
    config: Readonly<Record<string, unknown>>,
  ): Promise<StreamState> {
    const { folder } = this.#backup
    const { signal } = this.#options
    const file = stream.files.find(({ path }) => path === filesOf(stream.name).data)!
    const backedUp = { config, state: stream.state }
    const until = Date.now() + NAME_KEPT_MS
    for (;;) {
      try {
        const parts = interruptible(partsOf(folder, file), signal)
        return await restoreStream(this.#wire, stream.name, backedUp, parts)
      } catch (error) {
        const isKept = error instanceof RequestRefused &&
          error.code === JETSTREAM_ERROR.nameInUse &&
          await presentOf(this.#manager, stream.name) === undefined
        if (!isKept || Date.now() > until) throw error
        await pause(PAUSE_MS)
      }
    }
  }

  async #update(name: string, mark?: Mark): Promise<void> {
    const stream = this.#streams.find((each) => each.name === name)!
    const settings = mark ? this.#settingsWhile(stream, mark) : unmarked(this.#settingsOf(stream))
    const { streams, names } = this.#manager
    await streams.update(names.stream(name), settings as unknown as Partial<StreamConfig>)
  }

  async #delete(name: string): Promise<void> {
    const { streams, names } = this.#manager
    await streams.delete(names.stream(name))
  }

  /** Removes the marks, so that the application can use the streams. */
  async #open(): Promise<void> {
    try {
      for (const { name, state } of this.#streams) {
        const now = await stateOf(this.#wire, name)
        if (now.last_seq < state.last_seq) throw new Error(`${name} has lost messages meanwhile`)
        await this.#update(name)
      }
    } catch (error) {
      throw new Error(
        `everything is restored, but not all of it is open yet: run the same restore again ` +
          `(${messageOf(error)})`,
        { cause: error },
      )
    }
  }

  /** Removes what this run has made, and nothing else. Always rejects. */
  async #takeAway(error: unknown): Promise<never> {
    const left: string[] = []
    for (const { name } of this.#streams) {
      try {
        const present = await presentOf(this.#manager, name)
        if (present?.mark?.run === this.#mark.run) await this.#delete(name)
      } catch (problem) {
        left.push(`${name} (${messageOf(problem)})`)
      }
    }
    const outcome = left.length === 0
      ? "nothing was restored, and what had been made is removed"
      : `what had been made could not be removed: ${left.join(", ")}; the next restore removes it`
    throw new Error(`${messageOf(error)}: ${outcome}`, { cause: error })
  }
}

async function* interruptible(parts: AsyncIterable<Uint8Array>, signal?: AbortSignal) {
  for await (const part of parts) {
    signal?.throwIfAborted()
    yield part
  }
}

const inTheWayText = (
  found: readonly Present[],
  isLeftover: (each: Present) => boolean,
  isBegun: boolean,
): string => {
  const list = found.map(({ name, messages }) => `${name} (${messages} messages)`).join(", ")
  const what = `nothing was restored, because there is something already: ${list}`
  if (isBegun) return `${what}. Other streams are of a restore of another backup: finish that one`
  return found.every(isLeftover)
    ? `${what}. These hold nothing, or only snapshots of logs that are gone: ` +
      "--remove-leftovers removes them first"
    : `${what}. What exists is never touched: restore to servers that have none of it`
}

/**
 * Restores all streams of an application from a checked backup, with the application's settings.
 * Rejects when a stream of the application exists, cannot be made, or differs from the backup; then
 * nothing is left of the restore. A killed run leaves streams with a mark, which the next run
 * removes first.
 */
export const restoreBackup = async (
  wire: NatsWire,
  app: AppDefinition,
  backup: CheckedBackup,
  options: RestoreOptions = {},
): Promise<void> => await new Restore(wire, await managerOf(wire), app, backup, options).run()
