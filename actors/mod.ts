/** Actors and policies: the write side. */
export { Actor, type DecideMeta, type Decision } from "./actor.ts"
export { Policy } from "./policy.ts"
export { type Ask, ask, cancel, later, type Reaction, type Reactions } from "./reaction.ts"
