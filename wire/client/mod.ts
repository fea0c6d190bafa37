/** The client for other services: over NATS, without Effect, Hono or Postgres. */
export { type AppTypes, connectClient, type ServiceClient } from "./service-client.ts"
export { isOutage } from "../../contracts/plain.ts"
