/** The requests that a reader of a document makes with curl, and the answers that it shows. */
import assert from "node:assert/strict"
import { setImmediate } from "node:timers/promises"
import { blocksOf } from "./blocks.ts"
import { shellLinesOf } from "./shell.ts"

/** A request, and the answer in the document. */
export interface Request {
  readonly path: string
  readonly init: RequestInit
  /** JSON, in which the value `…` stands for any value. */
  readonly answer: unknown
  /** Whether the answer is the first of a stream of events. */
  readonly live: boolean
}

const PROGRAMS = new Set(["curl"])

const requestOf = (words: readonly string[], answer: string): Request => {
  const after = (flag: string) => words.flatMap((word, at) => word === flag ? words[at + 1]! : [])
  const url = words.find((word) => /^(https?:|\$)/.test(word)) ?? ""
  const [body] = after("-d")
  const init: RequestInit = {
    method: after("-X")[0] ?? (body === undefined ? "GET" : "POST"),
    headers: after("-H").map((header) => header.split(": ", 2) as [string, string]),
    ...(body === undefined ? {} : { body }),
  }
  const live = answer.startsWith("data: ")
  const path = url.replace(/^(https?:\/\/)?[^/]+/, "")
  return { path, init, answer: JSON.parse(answer.replace(/^data: /, "")), live }
}

/** Each `curl` of a document that has JSON in the line after it. */
export const requestsOf = (path: string, text: string): Request[] =>
  blocksOf(path, text)
    .filter(({ language }) => language === "" || language === "sh")
    .flatMap((block) => shellLinesOf(block, PROGRAMS))
    .flatMap(({ commands, output: [answer = ""] }) => {
      const curl = commands.find(({ words }) => words[0] === "curl")
      return curl && /^(data: )?[[{]/.test(answer) ? [requestOf(curl.words, answer)] : []
    })

/** The answer, with what the document does not say replaced by what stands for anything. */
const asSaid = (said: unknown, answer: unknown): unknown => {
  if (said === "…") return said
  if (typeof said !== "object" || said === null) return answer
  if (typeof answer !== "object" || answer === null) return answer
  const known = said as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [name, asSaid(known[name], value)]),
  )
}

/** Sends a request, such as `fetch` with the address of an application. */
type Send = (path: string, init: RequestInit) => Promise<Response>

const ask = async ({ path, init, live }: Request, send: Send): Promise<unknown> => {
  const response = await send(path, init)
  if (!live) return await response.json()
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const { value = "" } = await reader.read()
  await reader.cancel()
  return JSON.parse(/^data: (.*)$/m.exec(value)?.[1] ?? "null")
}

const WITHIN_MS = 20_000

/** Asks until the answer is as the document says: a reader takes longer than an application. */
export const untilAnswered = async (request: Request, send: Send): Promise<void> => {
  const end = Date.now() + WITHIN_MS
  for (;;) {
    const answer = await ask(request, send)
    try {
      return assert.deepEqual(asSaid(request.answer, answer), request.answer, request.path)
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await setImmediate()
  }
}
