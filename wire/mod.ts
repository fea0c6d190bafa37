/** The client of an application, and its options. */
export type { Answer, Client } from "./client/client.ts"
export type { QueryOptions } from "./client/query-options.ts"
export type { EnvelopeOptions } from "./envelope.ts"
export type { EventMeta } from "./recorded-event.ts"
