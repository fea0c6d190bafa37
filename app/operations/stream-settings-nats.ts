/** The settings of an application's streams: what each holds, and how it is kept. */
import { DiscardPolicy, RetentionPolicy, StorageType, StoreCompression } from "@nats-io/jetstream"
import { nanos } from "nats"
import { MEMBERSHIP } from "../../actors/internal.ts"
import {
  bucketStream,
  bucketSubject,
  logsSubject,
  type Names,
  NODES_BUCKET,
  PLAIN_NAMES,
  snapshotsSubject,
  snapshotStreamName,
  streamName,
  timersSubject,
  timerStreamName,
} from "../../wire/internal.ts"

/** The settings of a stream that depend on where it runs. */
export interface StreamOptions {
  /** On how many servers each message is stored. */
  readonly replicas?: number
  /** Whether the stream is compressed on disk. */
  readonly compression?: boolean
}

/**
 * The log of a context. It only grows: no message can be deleted or purged, none expires, and a
 * full disk refuses new messages rather than dropping old ones. The window for de-duplication by
 * message id is the smallest, because commits hold command ids instead.
 */
export const logStreamOf = (
  context: string,
  { replicas = 1, compression = false }: StreamOptions,
  names = PLAIN_NAMES,
) => ({
  name: names.stream(streamName(context)),
  description: `Leftfold: the log of the context ${context}`,
  subjects: [names.subject(logsSubject(context))],
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
  names = PLAIN_NAMES,
) => ({
  name: names.stream(snapshotStreamName(context)),
  description: `Leftfold: snapshots of the actors of ${context}; deleting them loses nothing`,
  subjects: [names.subject(snapshotsSubject(context))],
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
 * A stream that keeps the timers of a context's policies until they are done: an acknowledged
 * message is removed. Timers are not in the log, because schedules let anybody who can write to a
 * stream roll it up.
 */
export const timerStreamOf = (
  context: string,
  { replicas = 1, compression = false }: StreamOptions,
  names = PLAIN_NAMES,
) => ({
  name: names.stream(timerStreamName(context)),
  description: `Leftfold: timers of the policies of ${context}, waiting and due`,
  subjects: [names.subject(timersSubject(context))],
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  allow_msg_schedules: true,
  // Schedules require it.
  allow_rollup_hdrs: true,
  num_replicas: replicas,
  compression: compression ? StoreCompression.S2 : StoreCompression.None,
  duplicate_window: nanos(100),
})

/**
 * The bucket in which nodes announce themselves. An expired key leaves a marker, which shows
 * watchers that the node is gone. Markers expire too.
 */
const nodesStream = ({ replicas = 1 }: StreamOptions, names: Names) => ({
  name: names.stream(bucketStream(NODES_BUCKET)),
  description: "Leftfold: the nodes that are there; deleting them makes them come again",
  subjects: [names.subject(bucketSubject(NODES_BUCKET, ">"))],
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
export const wantedStreams = (
  contexts: readonly string[],
  options: StreamOptions,
  names = PLAIN_NAMES,
) => [
  ...contexts.flatMap((context) => [
    logStreamOf(context, options, names),
    snapshotStreamOf(context, options, names),
    timerStreamOf(context, options, names),
  ]),
  nodesStream(options, names),
]
