/** Projections and queries: the read side. */
export { Projection, type RowOf } from "./projection.ts"
export { QueryHandler } from "./query-handler.ts"
export type { SqlTools } from "./query-tools.ts"
export type { RawEvent, RawTools } from "./raw-projection.ts"
