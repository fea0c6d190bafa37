/** The spans of projections: one for each trace of which a batch holds events. */
import {
  isSampled,
  type RecordedEvent,
  type Span,
  startSpan,
  TRACING,
} from "../../wire/internal.ts"
import { TRACED } from "../limits.ts"

/**
 * Starts a span in each recorded trace that led to events of this batch, at most `TRACED.perBatch`.
 * Events that are older than `TRACED.ageMs` have no spans: a view that catches up would make many.
 */
export const foldSpans = (
  projection: string,
  generation: number,
  events: Iterable<RecordedEvent | undefined>,
): readonly Span[] => {
  if (TRACING === undefined) return []
  const oldest = Date.now() - TRACED.ageMs
  const traces = new Map<string, Span>()
  for (const recorded of events) {
    const { traceparent = "", tracestate, time, position } = recorded?.meta ?? {}
    if (traceparent === "" || !isSampled(traceparent) || time!.getTime() < oldest) continue
    const trace = traceparent.slice(3, 35)
    if (traces.has(trace) || traces.size >= TRACED.perBatch) continue
    const span = startSpan(TRACING, {
      name: `process ${projection}`,
      kind: "consumer",
      parent: traceparent,
      state: tracestate,
      attributes: {
        "messaging.system": "nats",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.template": `evt.${recorded!.meta.actor}.{slice}.{id}`,
        "messaging.consumer.group.name": projection,
        "leftfold.generation": generation,
        "leftfold.position": position!,
      },
    })
    if (span) traces.set(trace, span)
  }
  return [...traces.values()]
}

/** Ends spans when a batch is saved, or with the error that kept it from that. */
export const endWith = (spans: readonly Span[], saved: Promise<unknown>): void => {
  if (spans.length === 0) return
  saved.then(
    () => spans.forEach((span) => span.end()),
    () => spans.forEach((span) => span.end("NotSaved")),
  )
}
