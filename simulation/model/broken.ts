/** A broken law: what a run found, and where. */

/** The laws that hold for every application, and the two that a simulation adds. */
export const LAWS = {
  pure: "handlers are pure",
  works: "handlers do not fail",
  contract: "messages keep their contract",
  state: "a state equals the fold of its log",
  view: "a view equals the fold of its log",
  rest: "everything comes to rest",
  always: "what always holds",
  atRest: "what holds at rest",
} as const

/** The name of a law. */
export type LawName = keyof typeof LAWS

/** A law that a run breaks. */
export class Broken extends Error {
  override readonly name = "Broken"
  readonly law: LawName
  /** The handler that breaks it, such as `decide of orders.order`; empty for other laws. */
  readonly where: string

  constructor(law: LawName, where: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.law = law
    this.where = where
  }
}
