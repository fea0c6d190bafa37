/** What is said: contracts, queries and messages, and the wire that carries them. */
export {
  ALL_SERVICES,
  bucketStream,
  bucketSubject,
  checkId,
  commandsSubject,
  commandSubject,
  COMMON_INBOXES,
  dueTimersSubject,
  dueTimerSubject,
  durableName,
  healthSubject,
  historyName,
  inboxesSubject,
  inboxPrefix,
  jetStream,
  logsSubject,
  logSubject,
  NODES_BUCKET,
  nodeSubject,
  ownedSubject,
  ownedSubjects,
  parseCommandSubject,
  parseLogSubject,
  policySubscription,
  progressSubject,
  querySubject,
  relayedSubject,
  servicesSubjects,
  serviceSubjects,
  sliceOf,
  snapshotsSubject,
  snapshotStreamName,
  snapshotSubject,
  streamName,
  TIMER_CONSUMER,
  timersSubject,
  timerStreamName,
  timerSubject,
} from "./address.ts"
export * from "./client.ts"
export { decode, decodeFields, encode, type Format, formatOfType } from "./codec.ts"
export * from "./commit.ts"
export {
  type AnyContract,
  type CommandOf,
  Contract,
  type ContractCodec,
  type EventOf,
  type PlainMessage,
  type RejectionOf,
  splitName,
} from "./contract.ts"
export * from "./envelope.ts"
export * from "./errors.ts"
export { askHealth, type Health, serveHealth } from "./health.ts"
export * from "./limits.ts"
export type { Literally } from "./literally.ts"
export * from "./log-memory.ts"
export * from "./message.ts"
export * from "./position.ts"
export { Pulse, servePulse } from "./pulse.ts"
export { type ParamsOf, Query, type ResultOf } from "./query.ts"
export * from "./recorded.ts"
export * from "./report.ts"
export { type SchemaCodec, schemaCodec } from "./schema-codec.ts"
export type { Routes } from "./routes.ts"
export * from "./serve.ts"
export { type Endpoint, serveService, type Service } from "./service.ts"
export type { Upcast, Upcasts } from "./upcast.ts"
export { weigh } from "./weigh.ts"
export * from "./wire.ts"
export { type MemoryWire, memoryWire } from "./wire-memory.ts"
export { type NatsOptions, type NatsWire, natsWire } from "./wire-nats.ts"
