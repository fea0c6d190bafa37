/** The spans of commands: one for each that a node decides, and one for each append. */
import {
  type Envelope,
  isSampled,
  isUnrecorded,
  type Span,
  startSpan,
  TRACING,
  type Tracing,
} from "../../wire/internal.ts"

/** How many other commands of a turn the span of its append names. */
const LINKS = 64

const SYSTEM = "nats"

/** Starts the span of a command. Its events are given its context, recorded or not. */
export const commandSpan = (
  tracing: Tracing,
  envelope: Envelope,
  actor: string,
  id: string,
  type: string,
): Span | undefined => {
  if (isUnrecorded(envelope.traceparent)) return undefined
  const template = `cmd.${actor}.{id}.${type}`
  const span = startSpan(tracing, {
    name: `process ${template}`,
    kind: "consumer",
    parent: envelope.traceparent,
    state: envelope.tracestate,
    attributes: {
      "messaging.system": SYSTEM,
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.template": template,
      "messaging.message.id": envelope.id,
      "messaging.message.conversation_id": envelope.correlation,
      "leftfold.actor": actor,
      "leftfold.actor.id": id,
    },
  })
  if (span) {
    const written: { traceparent?: string } = envelope
    written.traceparent = span.context
  }
  return span
}

/** Starts the span of an append, under the first recorded command, linked to the others. */
export const appendSpan = (
  actor: string,
  commands: readonly { readonly envelope: Envelope }[],
): Span | undefined => {
  if (TRACING === undefined) return undefined
  const contexts: string[] = []
  for (const { envelope: { traceparent } } of commands) {
    if (contexts.length > LINKS) break
    if (traceparent !== undefined && isSampled(traceparent)) contexts.push(traceparent)
  }
  const [parent, ...links] = contexts
  if (parent === undefined) return undefined
  const template = `evt.${actor}.{slice}.{id}`
  return startSpan(TRACING, {
    name: `send ${template}`,
    kind: "producer",
    parent,
    links,
    attributes: {
      "messaging.system": SYSTEM,
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.destination.template": template,
      "messaging.batch.message_count": commands.length,
    },
  })
}
