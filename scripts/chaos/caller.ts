/** A caller: sends commands to an account over NATS or HTTP, and reports the outcome. */
import { Schema } from "effect"
import { type Client, HEADER } from "../../wire/internal.ts"
import { isFailure, isOutageName } from "../../contracts/internal.ts"
import type { Asked, Outcome } from "./history.ts"
import { Accounts } from "./vault.ts"

/** A question. */
export type Question = Pick<
  Asked,
  "id" | "commandId" | "command" | "amount" | "expectedVersion" | "retry"
>

/** Sends a question; answers its outcome. Never rejects. */
export type Caller = (question: Question) => Promise<Outcome>

/** How long a client waits for an answer, in milliseconds. */
export const DEADLINE_MS = 15_000

/** How much later than that the gateway can report that there was no answer, in milliseconds. */
const GRACE_MS = 2_000

/** The outcome of a failure. After an outage, the command may still have been stored. */
const failed = (error: unknown): Outcome => {
  if (!isFailure(error)) throw error
  if (error._tag === "VersionMismatch") return { type: "mismatch", actual: error.actual }
  if (error._tag === "CommandIdReused") return { type: "reused" }
  const reason = `${error._tag}: ${error.message}`
  return isOutageName(error._tag) ? { type: "unknown", reason } : { type: "broken", reason }
}

/** Asks over NATS. */
export const natsCaller = (client: Client): Caller => async (question) => {
  const { id, commandId, command, amount, expectedVersion, retry } = question
  try {
    const message = Accounts.commands[command]({ amount })
    const options = { commandId, expectedVersion, retry, timeoutMs: DEADLINE_MS }
    const answer = await client.ask(Accounts, id, message, options)
    if (answer.kind === "rejection") return { type: "rejected", balance: answer.data.balance }
    const { position, version, events } = answer
    return { type: "accepted", position, version, events }
  } catch (error) {
    return failed(error)
  }
}

const Body = Schema.Struct({
  position: Schema.optionalKey(Schema.String),
  version: Schema.optionalKey(Schema.Int),
  events: Schema.optionalKey(Schema.Int),
  title: Schema.optionalKey(Schema.String),
  balance: Schema.optionalKey(Schema.Int),
  actual: Schema.optionalKey(Schema.Int),
})

const decodeBody = Schema.decodeUnknownSync(Body)

const outcomeOf = (status: number, body: typeof Body.Type): Outcome => {
  const { position = "", version = 0, events = 0, title = "", balance = 0, actual = 0 } = body
  if (status === 200) return { type: "accepted", position, version, events }
  if (status === 409) return { type: "rejected", balance }
  if (status === 412) return { type: "mismatch", actual }
  if (title === "CommandIdReused") return { type: "reused" }
  const reason = `${status} ${title}`
  return isOutageName(title) ? { type: "unknown", reason } : { type: "broken", reason }
}

/** Asks over HTTP. */
export const httpCaller = (gatewayUrl: string): Caller => async (question) => {
  const { id, commandId, command, amount, expectedVersion, retry } = question
  const headers = {
    "Content-Type": "application/json",
    "Prefer": `wait=${DEADLINE_MS / 1_000}`,
    ...(retry ? { [HEADER.retry]: "true" } : {}),
    "Idempotency-Key": commandId,
    ...(expectedVersion === undefined ? {} : { "If-Match": `"${expectedVersion}"` }),
  }
  const path = `${gatewayUrl}/${Accounts.context}/${Accounts.actor}/${id}/${command}`
  const signal = AbortSignal.timeout(DEADLINE_MS + GRACE_MS)
  const options = { method: "POST", headers, body: JSON.stringify({ amount }), signal }
  let response: Response
  try {
    response = await fetch(path, options)
  } catch (error) {
    return { type: "unknown", reason: `no response: ${error}` }
  }
  return outcomeOf(response.status, decodeBody(await response.json()))
}
