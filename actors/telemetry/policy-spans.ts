/** The spans of policies and timers: what they do for one event, or when a timer fires. */
import { errorType, isSampled, startSpan, TRACING } from "../../wire/internal.ts"

/** What a span of a policy follows from. */
export interface Followed {
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  /** Whether it begins a trace of its own, linked to that one. */
  readonly isNew?: boolean
}

/**
 * Runs the work of a policy for a message, in a span under the trace context that led to it. The
 * work is given the context for what it asks: the span's, or the one that there was.
 */
export const inPolicySpan = async <A>(
  policy: string,
  template: string,
  followed: Followed,
  attributes: Readonly<Record<string, string | number>>,
  work: (context: string | undefined) => Promise<A>,
): Promise<A> => {
  const { traceparent, tracestate, isNew = false } = followed
  const isTraced = TRACING !== undefined && traceparent !== undefined && isSampled(traceparent)
  const span = !isTraced ? undefined : startSpan(TRACING!, {
    name: `process ${policy}`,
    kind: "consumer",
    parent: isNew ? undefined : traceparent,
    links: isNew ? [traceparent] : [],
    state: tracestate,
    attributes: {
      "messaging.system": "nats",
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.template": template,
      "messaging.consumer.group.name": policy,
      ...attributes,
    },
  })
  if (span === undefined) return await work(traceparent)
  try {
    const result = await work(span.context)
    span.end()
    return result
  } catch (error) {
    span.end(errorType(error))
    throw error
  }
}
