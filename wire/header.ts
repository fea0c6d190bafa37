/** The names of the headers of all messages. */
import { METADATA_HEADER } from "./metadata.ts"

/** The headers of an envelope and of other messages. */
export const HEADER = {
  contentType: "Content-Type",
  contentEncoding: "Content-Encoding",
  id: "Leftfold-Command-Id",
  ...METADATA_HEADER,
  claims: "Leftfold-Claims",
  principalSeal: "Leftfold-Principal-Seal",
  expectedVersion: "Leftfold-Expected-Version",
  deadline: "Leftfold-Deadline",
  retry: "Leftfold-Retry",
  askedSince: "Leftfold-Asked-Since",
  failover: "Leftfold-Failover",
  silentNode: "Leftfold-Silent-Node",
  elsewhere: "Leftfold-Elsewhere",
  after: "Leftfold-After",
  newerThan: "Leftfold-Newer-Than",
  position: "Leftfold-Position",
  next: "Leftfold-Next",
  parts: "Leftfold-Parts",
  error: "Nats-Service-Error",
  errorCode: "Nats-Service-Error-Code",
} as const

/**
 * The value of `elsewhere` from a node that has stored nothing of the command: a refusal by another
 * node then rules nothing out that would have to be written.
 */
export const UNTRIED_ELSEWHERE = "untried"
