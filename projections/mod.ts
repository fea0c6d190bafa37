/** What is shown: projections and queries. */
export { Projection, type RowOf } from "./projection.ts"
export { QueryHandler, type SqlTools } from "./query-handler.ts"
export type { RawEvent, RawTools } from "./raw-projection.ts"
