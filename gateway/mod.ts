/** How it is reached: HTTP for contracts, projections and queries. */
export { createGateway, type GatewayOptions } from "./gateway.ts"
export type { Patience } from "./event-stream.ts"
export { LiveQueries, type LiveQueriesOptions } from "./live-queries.ts"
export { type GatewayParts, openApi } from "./openapi.ts"
export { serveGateway, type ServeOptions, type ServingGateway } from "./serve.ts"
