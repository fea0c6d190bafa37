/** What the rooms above use of this one: what users write, and the machinery behind it. */
export { createGateway } from "./gateway.ts"
export { type DoorOptions, isLoopback, LOOPBACK_HOSTS } from "./door.ts"
export type { HttpRoutes } from "./own/own-routes.ts"
export { InFlight } from "./in-flight.ts"
export { LiveQueries } from "./live-queries.ts"
export { createProbes, isSameSecret } from "./probes.ts"
export { serveGateway, type ServingGateway } from "./serve.ts"
export { checkUser, type SignedIn, type Users } from "./own/users.ts"
