/** What the rooms above use of this one: what users write, and the machinery behind it. */
export * from "./mod.ts"
export {
  ALL_SERVICES,
  announcedSubject,
  bucketStream,
  bucketSubject,
  callersCommandsSubject,
  callersOwnedSubjects,
  callersSubjectsOf,
  commandsSubject,
  commandSubject,
  commandTemplate,
  COMMON_INBOXES,
  dueTimersSubject,
  dueTimerSubject,
  durableName,
  healthSubject,
  historyName,
  inboxesSubject,
  inboxPrefix,
  isToOneNode,
  jetStream,
  logsSubject,
  logSubject,
  logTemplate,
  NODES_BUCKET,
  NODES_SUBJECT,
  nodeSubject,
  ownedSubjects,
  parkedSubject,
  parkedSubjects,
  parseCommandSubject,
  parseLogSubject,
  parseTimerSubject,
  policySubscription,
  progressSubject,
  querySubject,
  recurringSubject,
  relayedSubject,
  renamedSubject,
  sentAs,
  servicesSubjects,
  serviceSubjects,
  sharedSubject,
  shownSubject,
  skipsSubject,
  sliceOf,
  snapshotsSubject,
  snapshotStreamName,
  snapshotSubject,
  streamName,
  TIMER_CONSUMER,
  timersSubject,
  timerStreamName,
  timerSubject,
  waitingTimersSubject,
} from "./address.ts"
export { decodeText, encodeText, NO_BYTES } from "./bytes.ts"
export { createClient } from "./client/client.ts"
export type { ClientOptions } from "./client/plain-client.ts"
export type { Accepted, PlainRejection, QueryAnswer } from "./client/plain-client.ts"
export type { PageOptions } from "./client/query-options.ts"
export { Liveness, serveLiveness } from "./client/liveness.ts"
export type { Routes } from "./client/routes.ts"
export {
  checkCoding,
  CONTENT_TYPE,
  decode,
  decodeFields,
  decodeOwn,
  encode,
  type Format,
  formatOfType,
  isCount,
  isMap,
  type PlainFormat,
  protobufFields,
} from "./codec.ts"
export {
  ANCESTORS,
  type Commit,
  decodeCommit,
  encodeCommit,
  isRefusal,
  nextAncestors,
  type Refusal,
  standIn,
  storedAt,
  type StoredCommit,
  type StoredEvent,
  timeOfCommit,
} from "./commit.ts"
export { callersCommandId, isPolicyCommandId } from "./command-id.ts"
export { asRetry, deadlineOf, type Envelope, readEnvelope, speakFor } from "./envelope.ts"
export { HEADER, UNTRIED_ELSEWHERE } from "./header.ts"
export { parseMediaType } from "./format/media-type.ts"
export {
  askHealth,
  type Health,
  type HealthStatus,
  ofStatus,
  percent,
  serveHealth,
  statusBy,
  statusOf,
  worstOf,
} from "./health.ts"
export {
  acceptedBytes,
  plainAnswerOf,
  problemBytes,
  resultBytes,
} from "./format/protobuf-answer.ts"
export { checkId } from "./format/id-token.ts"
export { type ExpectedVersion, isExpected, versionCondition } from "./expected-version.ts"
export {
  CONDITION_VERSIONS,
  LIVENESS,
  NATS_USERS,
  OWN_NESTING,
  REQUEST_TIMEOUT_MS,
  type RetryPolicy,
  SLICES,
} from "./limits.ts"
export type { LogMessage } from "./log/log-message.ts"
export { MemoryLog } from "./memory/log-memory.ts"
export {
  checkedTrace,
  checkToken,
  followingMetadata,
  FROM_OUTSIDE,
  type Metadata,
  METADATA_HEADER,
  METADATA_NAMES,
  metadataFromOutside,
  readMetadata,
  type StoredMetadata,
  storeMetadata,
} from "./metadata.ts"
import "./report/effect-lines.ts"
export { Names, type NamesOptions, PLAIN_NAMES } from "./format/names.ts"
export { type MemoryWire, memoryWire } from "./memory/wire-memory.ts"
export {
  ACCESS_FIELDS,
  type AccessField,
  checkAccess,
  identitiesOf,
  type NatsAccess,
} from "./nats/access-nats.ts"
export { type FollowedLogs, LogWires } from "./nats/followed-nats.ts"
export { JETSTREAM_ERROR } from "./nats/jetstream-error.ts"
export { EXPECTED_SEQUENCE, lastFromLeader, leaderMessage } from "./nats/leader-read-nats.ts"
export { jetStreamOptions, type NatsWire, natsWire } from "./nats/wire-nats.ts"
export { type EventVersion, scanVersions } from "./format/commit-versions.ts"
export { type ContractsByName, readMessage } from "./log/read-message.ts"
export { isWanted, type RecordedEvent, recordedEvents, recordedMeta } from "./recorded-event.ts"
export { canClaim, serveNatsUsers } from "./identity/nats-users.ts"
export { ownSeals, type PrincipalSeals, principalSeals } from "./identity/principal-seal.ts"
export { type Claims, claimsText, isSystem, isUserId, type User } from "./identity/user.ts"
export { userOfMessage } from "./identity/sender.ts"
export type { Access, RowsSeen } from "./identity/rule-checks.ts"
export { pause, within } from "./pause.ts"
export { sharedLook } from "./shared-look.ts"
export { harmless, withoutCredentials } from "./harmless.ts"
export {
  limited,
  type LineFields,
  lineFields,
  logThrough,
  reportError,
  reportInfo,
  reportWarning,
} from "./report.ts"
export { chooseLogFormat, LOG_FORMATS, type LogFormat } from "./report/log-format.ts"
export {
  answerBytes,
  awaited,
  failureOf,
  formatOf,
  problemFormat,
  respond,
  respondBytes,
  respondProblem,
} from "./serve.ts"
export { type Endpoint, serveService } from "./service.ts"
export { decodeSkips, encodeSkips, isSkipsSubject, type Skip, type Skips } from "./skip.ts"
export { memorySkips } from "./memory/skips-memory.ts"
export { errorType } from "./telemetry/error-type.ts"
export { bridgeMetrics } from "./telemetry/bridge.ts"
export type { Counter, Histogram } from "./telemetry/metric.ts"
export { METRIC } from "./telemetry/metric-table.ts"
export { type Gauge, METRICS, Metrics } from "./telemetry/metrics.ts"
export { PROMETHEUS_TYPE, prometheusName, prometheusText } from "./telemetry/prometheus.ts"
export {
  isSampled,
  isUnrecorded,
  type Span,
  type SpanStart,
  startSpan,
  traceThrough,
  TRACING,
  type Tracing,
} from "./telemetry/tracing.ts"
export { RecentMost } from "./telemetry/recent-most.ts"
export { appendSkips, logMessageAt, logMessages, natsSkips } from "./nats/skips-nats.ts"
export { weigh } from "./memory-estimate.ts"
export {
  type Answered,
  type Headers,
  type Incoming,
  NO_HEADERS,
  type Reply,
  requestOf,
  type Served,
  type Serving,
  type Wire,
} from "./wire.ts"
export { bytesTaken, partsHeaders, respondWhole } from "./parts/parts.ts"
