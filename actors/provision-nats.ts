/** Makes the streams that hold the logs; running it again changes nothing. */
import {
  DiscardPolicy,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  StoreCompression,
} from "@nats-io/jetstream"
import { nanos } from "nats"
import {
  logsSubject,
  type NatsWire,
  snapshotsSubject,
  snapshotStreamName,
  streamName,
} from "../contracts/mod.ts"

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

/** Makes the streams of each context, unless they are there. Returns the names of the new ones. */
export const provisionStreams = async (
  { connection }: NatsWire,
  contexts: readonly string[],
  options: StreamOptions = {},
): Promise<string[]> => {
  const { streams } = await jetstreamManager(connection, { checkAPI: false })
  const wanted = contexts.flatMap((context) => [
    streamOf(context, options),
    snapshotStreamOf(context, options),
  ])
  const made: string[] = []
  for (const stream of wanted) {
    try {
      await streams.info(stream.name)
    } catch (error) {
      const missing = error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND
      if (!missing) throw error
      await streams.add(stream)
      made.push(stream.name)
    }
  }
  return made
}
