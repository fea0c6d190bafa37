/** Tracing: the spans of what a process does, if somebody records them. Without that, no cost. */

/** What a span is for its trace, in the words of OpenTelemetry. */
export type SpanKind = "server" | "client" | "producer" | "consumer"

/** What a span says about itself. */
export type Attributes = Readonly<Record<string, string | number>>

/** How a span begins. */
export interface SpanStart {
  readonly name: string
  readonly kind: SpanKind
  /** The trace context that it follows from; without one, it begins a trace. */
  readonly parent: string | undefined
  /** What systems on the way have added to that context. */
  readonly state?: string | undefined
  readonly attributes: Attributes
  /** Further trace contexts that led to it. */
  readonly links?: readonly string[]
}

/** A span that has begun. */
export interface Span {
  /** Its trace context, which what follows from it is given. */
  readonly context: string
  readonly set: (attributes: Attributes) => void
  /** Ends it. `error` is the name of an error. */
  readonly end: (error?: string) => void
}

/** Records spans. */
export interface Tracing {
  readonly start: (start: SpanStart) => Span
  /** The trace context that is active in the caller's code, if there is one. */
  readonly active: () => string | undefined
}

/** What records the spans of this process; undefined when nothing does. */
export let TRACING: Tracing | undefined

/** From now on, the spans of this process are recorded there. Returns what did until now. */
export const traceThrough = (given: Tracing | undefined): Tracing | undefined => {
  const before = TRACING
  TRACING = given
  return before
}

/** Where the last character of the flags stands: it has the bit that says "sampled". */
const FLAGS_END = 54

/** Whether the spans of a trace context are recorded. */
export const isSampled = (context: string): boolean => (context.charCodeAt(FLAGS_END) & 1) === 1

/**
 * Whether what follows from this context has no spans: the context is passed on as it is. That
 * costs one look at a character, so it is asked before anything is made.
 */
export const isUnrecorded = (parent: string | undefined): boolean =>
  parent !== undefined && !isSampled(parent)

/** Starts a span, unless it follows from one that is not recorded. */
export const startSpan = (tracing: Tracing, start: SpanStart): Span | undefined =>
  isUnrecorded(start.parent) ? undefined : tracing.start(start)
