/** Makes the streams that hold the logs, and more; running it again changes nothing. */
import {
  DiscardPolicy,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  StoreCompression,
} from "@nats-io/jetstream"
import { Effect } from "effect"
import { nanos, TimeoutError } from "nats"
import {
  bucketStream,
  bucketSubject,
  logsSubject,
  type NatsWire,
  NODES_BUCKET,
  snapshotsSubject,
  snapshotStreamName,
  streamName,
  timersSubject,
  timerStreamName,
} from "../../wire/internal.ts"
import { MEMBERSHIP } from "../../actors/internal.ts"

/** What of a stream depends on where it runs. */
export interface StreamOptions {
  /** On how many servers each message is kept. */
  readonly replicas?: number
  /** Whether it is compressed on disk. */
  readonly compression?: boolean
}

const STREAM_NOT_FOUND = 10059

/**
 * A stream per context that only grows: nothing can delete or purge its messages, none expires,
 * and a full disk refuses new messages rather than dropping old ones. Message ids are not used
 * for de-duplication, since command ids are in the commits; so that window is the smallest.
 */
const streamOf = (context: string, { replicas = 1, compression = false }: StreamOptions) => ({
  name: streamName(context),
  description: `Leftfold: the log of the context ${context}`,
  subjects: [logsSubject(context)],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  num_replicas: replicas,
  compression: compression ? StoreCompression.S2 : StoreCompression.None,
  allow_direct: true,
  deny_delete: true,
  deny_purge: true,
  duplicate_window: nanos(100),
})

/** A stream that keeps the latest snapshot of each actor of a context. */
const snapshotStreamOf = (
  context: string,
  { replicas = 1, compression = false }: StreamOptions,
) => ({
  name: snapshotStreamName(context),
  description: `Leftfold: snapshots of the actors of ${context}; deleting them loses nothing`,
  subjects: [snapshotsSubject(context)],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_msgs_per_subject: 1,
  num_replicas: replicas,
  compression: compression ? StoreCompression.S2 : StoreCompression.None,
  allow_direct: true,
  duplicate_window: nanos(100),
})

/**
 * A stream that keeps the timers of a context's policies until they are done: a message is gone
 * once it is acknowledged. Schedules let anybody who writes to a stream roll it up, which is why
 * they are not in the log.
 */
const timerStreamOf = (context: string, { replicas = 1, compression = false }: StreamOptions) => ({
  name: timerStreamName(context),
  description: `Leftfold: timers of the policies of ${context}, waiting and due`,
  subjects: [timersSubject(context)],
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  allow_msg_schedules: true,
  num_replicas: replicas,
  compression: compression ? StoreCompression.S2 : StoreCompression.None,
  duplicate_window: nanos(100),
})

/**
 * The bucket in which nodes announce themselves. A key that expires leaves a mark, by which those
 * who watch see it go; the marks expire too.
 */
const nodesStream = ({ replicas = 1 }: StreamOptions) => ({
  name: bucketStream(NODES_BUCKET),
  description: "Leftfold: the nodes that are there; deleting them makes them come again",
  subjects: [bucketSubject(NODES_BUCKET, ">")],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  max_msgs_per_subject: 1,
  num_replicas: replicas,
  allow_rollup_hdrs: true,
  allow_direct: true,
  deny_delete: true,
  allow_msg_ttl: true,
  subject_delete_marker_ttl: nanos(10 * MEMBERSHIP.ttlMs),
  duplicate_window: nanos(100),
})

/** The streams of each context, and the bucket of the nodes. */
const wantedStreams = (contexts: readonly string[], options: StreamOptions) => [
  ...contexts.flatMap((context) => [
    streamOf(context, options),
    snapshotStreamOf(context, options),
    timerStreamOf(context, options),
  ]),
  nodesStream(options),
]

type Settings = Readonly<Record<string, unknown>>

type Streams = Awaited<ReturnType<typeof jetstreamManager>>["streams"]

/** The settings of a stream; undefined when there is none of this name. */
const settingsOf = async (streams: Streams, name: string): Promise<Settings | undefined> => {
  try {
    const { config } = await streams.info(name)
    return config as unknown as Settings
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined
    throw error
  }
}

/** How often is asked again what no leader has heard: one that was just elected may not yet. */
const RETRIES = 5

/** Makes a stream unless it is there; resolves to whether it was missing. */
const makeMissing = async (
  streams: Streams,
  wanted: ReturnType<typeof wantedStreams>[number],
): Promise<boolean> => {
  let missing = false
  const attempt = Effect.tryPromise({
    try: async () => {
      if (await settingsOf(streams, wanted.name)) return
      missing = true
      await streams.add(wanted)
    },
    catch: (error) => error,
  })
  const isUnheard = (error: unknown) => error instanceof TimeoutError
  await Effect.runPromise(attempt.pipe(Effect.retry({ times: RETRIES, while: isUnheard })))
  return missing
}

/**
 * Makes the streams of each context, and the bucket of the nodes, unless they are there. Returns
 * the names of the new ones.
 */
export const provisionStreams = async (
  { connection }: NatsWire,
  contexts: readonly string[],
  options: StreamOptions = {},
): Promise<string[]> => {
  const { streams } = await jetstreamManager(connection, { checkAPI: false })
  const made: string[] = []
  for (const stream of wantedStreams(contexts, options)) {
    if (await makeMissing(streams, stream)) made.push(stream.name)
  }
  return made
}

/** A setting of a stream that is not as it would be made. */
export interface SettingDifference {
  readonly setting: string
  readonly is: unknown
  readonly wanted: unknown
}

/** A stream, and how it differs from the one that would be made. */
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

/** The streams that are missing or have other settings than they would be made with. */
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

/** Changes settings of streams to those they would be made with. Rejects if the server refuses. */
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
