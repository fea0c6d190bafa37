/** Makes the streams that hold logs, snapshots, timers and nodes. Repeating it changes nothing. */
import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { TimeoutError } from "nats"
import { JETSTREAM_ERROR, type NatsWire } from "../../wire/internal.ts"
import { checkNoMark } from "./restore-mark.ts"
import { type StreamOptions, wantedStreams } from "./stream-settings-nats.ts"

type Settings = Readonly<Record<string, unknown>>

type Streams = Awaited<ReturnType<typeof jetstreamManager>>["streams"]

/**
 * The settings of a stream; undefined when the stream does not exist. Rejects with
 * `UnfinishedRestore` when a restore has begun the stream and has not ended.
 */
const settingsOf = async (streams: Streams, name: string): Promise<Settings | undefined> => {
  try {
    const { config } = await streams.info(name)
    const settings = config as unknown as Settings
    checkNoMark(name, settings)
    return settings
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JETSTREAM_ERROR.noStream) {
      return undefined
    }
    throw error
  }
}

/** How often to retry an unheard request: a newly elected leader may not listen yet. */
const RETRIES = 5

const patiently = <A>(attempt: () => Promise<A>): Promise<A> => {
  const trying = Effect.tryPromise({ try: attempt, catch: (error) => error })
  const isUnheard = (error: unknown) => error instanceof TimeoutError
  return Effect.runPromise(trying.pipe(Effect.retry({ times: RETRIES, while: isUnheard })))
}

/** Makes a stream if it is missing; resolves to whether it was. */
const makeMissing = async (
  streams: Streams,
  wanted: ReturnType<typeof wantedStreams>[number],
): Promise<boolean> => {
  let missing = false
  await patiently(async () => {
    if (await settingsOf(streams, wanted.name)) return
    missing = true
    await streams.add(wanted)
  })
  return missing
}

/**
 * Makes the missing streams of each context, and the bucket of the nodes. Resolves to the names of
 * the new streams. Rejects with `UnfinishedRestore`, and makes no stream, while a restore is
 * unfinished.
 */
export const provisionStreams = async (
  { connection }: NatsWire,
  contexts: readonly string[],
  options: StreamOptions = {},
): Promise<string[]> => {
  const { streams } = await jetstreamManager(connection, { checkAPI: false })
  const all = wantedStreams(contexts, options)
  // All streams are checked before the first is made.
  for (const { name } of all) await patiently(() => settingsOf(streams, name))
  const made: string[] = []
  for (const stream of all) {
    if (await makeMissing(streams, stream)) made.push(stream.name)
  }
  return made
}

/** A setting of a stream that differs from what the application wants. */
export interface SettingDifference {
  readonly setting: string
  readonly is: unknown
  readonly wanted: unknown
}

/** A stream, and how it differs from what the application wants. */
export interface StreamDifference {
  readonly stream: string
  readonly missing: boolean
  /** Empty for a stream that is missing. */
  readonly settings: readonly SettingDifference[]
}

const differences = (is: Settings, wanted: Settings): SettingDifference[] =>
  Object.entries(wanted).flatMap(([setting, value]) =>
    JSON.stringify(is[setting] ?? false) === JSON.stringify(value)
      ? []
      : [{ setting, is: is[setting], wanted: value }]
  )

/** The streams that are missing or have other settings than the application wants. */
export const compareStreams = async (
  { connection }: NatsWire,
  contexts: readonly string[],
  options: StreamOptions = {},
): Promise<StreamDifference[]> => {
  const { streams } = await jetstreamManager(connection, { checkAPI: false })
  const found: StreamDifference[] = []
  for (const wanted of wantedStreams(contexts, options)) {
    const is = await settingsOf(streams, wanted.name)
    const settings = is ? differences(is, wanted) : []
    if (!is || settings.length > 0) found.push({ stream: wanted.name, missing: !is, settings })
  }
  return found
}

/** Changes streams to the settings that the application wants. Rejects if the server refuses. */
export const updateStreams = async (
  { connection }: NatsWire,
  all: readonly StreamDifference[],
): Promise<void> => {
  const { streams } = await jetstreamManager(connection, { checkAPI: false })
  for (const { stream, settings } of all) {
    const wanted = settings.map((each) => [each.setting, each.wanted])
    if (wanted.length > 0) await streams.update(stream, Object.fromEntries(wanted))
  }
}
