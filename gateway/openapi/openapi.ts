/** The OpenAPI 3.1 description of a gateway, made from its contracts, projections and queries. */
import type { AnyContract } from "../../contracts/internal.ts"
import type { AnyQueryHandler, FoldedProjection } from "../../projections/internal.ts"
import { commandPaths } from "./command-paths.ts"
import { messageSchemas } from "./message-schemas.ts"
import { actorPaths, queryPath, rowPath } from "./read-paths.ts"
import type { Json } from "./responses.ts"
import { SharedSchemas } from "./shared-schemas.ts"

/** What a gateway serves. */
export interface GatewayParts {
  readonly contracts: readonly AnyContract[]
  readonly projections: readonly FoldedProjection[]
  readonly queries: readonly Pick<AnyQueryHandler, "query" | "from" | "pageRows">[]
  /** The JSON Schemas of actors' states, by the names of their contracts. */
  readonly states?: ReadonlyMap<string, Json>
}

/** How users prove who they are, as the description says it. */
export interface DescribedSecurity {
  /** The entries of `components/securitySchemes`. */
  readonly schemes: Json
  /** What each operation requires: the names of schemes, each with its scopes. */
  readonly required: readonly Readonly<Record<string, readonly string[]>>[]
}

const SCHEMAS = {
  Accepted: {
    type: "object",
    required: ["position", "version", "events"],
    properties: {
      position: { type: "string", examples: ["orders:17"] },
      version: { type: "integer" },
      events: { type: "integer" },
    },
  },
  Problem: {
    type: "object",
    required: ["type", "title", "status"],
    properties: {
      type: { type: "string", format: "uri" },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
    },
  },
}

/** The description of everything that a gateway serves. */
export const openApi = (
  { contracts, projections, queries, states }: GatewayParts,
  title: string,
  { version = "1", security }: {
    readonly version?: string
    readonly security?: DescribedSecurity
  } = {},
): Json => {
  const shared = new SharedSchemas(SCHEMAS)
  const schemas = new Map(contracts.map((contract) => [
    contract.name,
    messageSchemas(contract, shared, states?.get(contract.name)),
  ]))
  const paths = Object.fromEntries([
    ...contracts.flatMap((contract) => commandPaths(contract, schemas.get(contract.name)!)),
    ...contracts.flatMap((contract) => actorPaths(contract, schemas.get(contract.name)!)),
    ...projections.map((projection) => rowPath(projection, shared)),
    ...queries.map((handler) => queryPath(handler, shared)),
  ])
  const tags = [
    ...new Set([...contracts, ...projections, ...queries.map(({ query }) => query)]
      .map(({ context }) => context)),
  ].map((name) => ({ name, description: `The bounded context ${name}.` }))
  return {
    openapi: "3.1.0",
    info: { title, version, description: `Commands, states and views of ${title}.` },
    servers: [{ url: "/", description: "The gateway that serves this description." }],
    tags,
    security: security?.required ?? [],
    paths,
    components: {
      schemas: shared.all(),
      ...(security ? { securitySchemes: security.schemes } : {}),
    },
  }
}
