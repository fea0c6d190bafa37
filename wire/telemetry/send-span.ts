/** The span of a client that sends a command and waits for the answer. */
import { errorType } from "./error-type.ts"
import { isUnrecorded, type Span, startSpan, type Tracing } from "./tracing.ts"

/** Starts the span of a command under the given context, or under the caller's own. */
export const sendSpan = (
  tracing: Tracing,
  name: string,
  id: string,
  type: string,
  { traceparent, tracestate }: {
    readonly traceparent?: string | undefined
    readonly tracestate?: string | undefined
  },
): Span | undefined => {
  const parent = traceparent ?? tracing.active()
  if (isUnrecorded(parent)) return undefined
  const template = `cmd.${name}.{id}.${type}`
  return startSpan(tracing, {
    name: `send ${template}`,
    kind: "client",
    parent,
    state: tracestate,
    attributes: {
      "messaging.system": "nats",
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.destination.template": template,
      "leftfold.actor.id": id,
    },
  })
}

/** Ends a span with what an answer is. */
export const endedBy = (span: Span, answer: Promise<{ readonly kind: string }>): void => {
  answer.then(
    ({ kind }) => {
      span.set({ "leftfold.outcome": kind === "rejection" ? "rejected" : kind })
      span.end()
    },
    (error) => span.end(errorType(error)),
  )
}
