/** What is shown: projections and queries, and what keeps and answers them. */
export { type Column } from "./column.ts"
export type { Cursor, Feed, FeedMessage, StreamState } from "./feed.ts"
export { memoryFeed } from "./feed-memory.ts"
export { natsFeed } from "./feed-nats.ts"
export {
  type AnyProjection,
  type FoldedProjection,
  Projection,
  type ProjectionHandlers,
  type ProjectionOptions,
  type RowOf,
} from "./projection.ts"
export {
  isRaw,
  type RawEvent,
  type RawOptions,
  type RawProjection,
  type RawTools,
} from "./raw-projection.ts"
export { type AnyQueryHandler, QueryHandler, type SqlTools } from "./query-handler.ts"
export { startQueries } from "./query-server.ts"
export type { Announcement } from "./announcement.ts"
export type { Generation, GenerationState, Standing } from "./generation.ts"
export { type Drift, DRIFT_KINDS, type DriftCounts, driftedOf } from "./drift.ts"
export { positionsOf } from "./generation.ts"
export { reconcile, type ReconcileOptions, type Reconciliation } from "./reconcile.ts"
export type { RefoldProgress } from "./refold.ts"
export type { Repaired } from "./repair.ts"
export type { GenerationHealth, ProjectionHealth } from "./projection-worker.ts"
export { type RunningProjections, startProjections } from "./runner.ts"
export { type FoldTarget, foldTo, type FoldToOptions } from "./fold-to.ts"
export { discard, listParked, type Parked, retry, type Settled } from "./quarantine.ts"
export type { Discarded, ParkedEvent } from "./parked.ts"
export type { Store } from "./store.ts"
export { memoryStore } from "./store-memory.ts"
export { type PostgresStore, postgresStore } from "./store-postgres.ts"
export { storableText } from "./storable-text.ts"
export { viewSchema } from "./view-sql.ts"
