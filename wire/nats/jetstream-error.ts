/** The error codes of JetStream that we act on, by what each one means. */

/** JetStream's error codes (`err_code`). */
export const JETSTREAM_ERROR = {
  /** Too few servers of the cluster are known and in reach for the replicas of a stream. */
  noPeers: 10005,
  noConsumer: 10014,
  noResources: 10023,
  noMemory: 10028,
  /** No message has this subject or sequence; a missing stream has a code of its own. */
  noMessage: 10037,
  notEnabledForAccount: 10039,
  noStorage: 10047,
  messageTooLarge: 10054,
  noStream: 10059,
  /** Another stream takes some of the same subjects. */
  overlaps: 10065,
  /** Another message of the subject was stored since, or another revision of a key. */
  wrongLastSequence: 10071,
  notEnabled: 10076,
  /** The stream refuses the message: it is full, being restored, or cannot be written. */
  storeFailed: 10077,
  /** A stream cannot be restored, because its name is in use. */
  nameInUse: 10130,
  /** The same message is still being stored for an earlier attempt. */
  duplicateInProcess: 10158,
  /** As `wrongLastSequence`, while the other message is still in flight to the replicas. */
  wrongLastSequenceUnknown: 10164,
} as const
