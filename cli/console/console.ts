/** The console: a page over a running application, and the questions and actions behind it. */
import { CostlyScan, serveGateway } from "../../app/internal.ts"
import {
  Forbidden,
  isFailure,
  Malformed,
  messageOf,
  NotFound,
  Overloaded,
  TooLarge,
  toProblem,
} from "../../contracts/internal.ts"
import { decodeText, isMap, reportError } from "../../wire/internal.ts"
import type { Workplace } from "../leftfold.ts"
import { Problem } from "../problem.ts"
import { type AccessOptions, admit, type Allowed, checkHost } from "./access.ts"
import { ACTIONS } from "./actions.ts"
import { CONSOLE } from "./limits.ts"
import { Live } from "./live.ts"
import { Overview } from "./overview.ts"
import { QUESTIONS } from "./questions.ts"
import { fileAt, SAFE_HEADERS } from "./static-files.ts"

/** Where a console listens, and whom it lets in. */
export interface ConsoleOptions extends AccessOptions {
  readonly port: number
  readonly host: string
  /** The operator, as records of discarded events name them. */
  readonly operator: string
}

/** A console that runs. */
export interface RunningConsole {
  readonly url: string
  readonly stop: () => Promise<void>
}

const json = (status: number, value: unknown): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { ...SAFE_HEADERS, "Content-Type": "application/json; charset=utf-8" },
  })

/** An error as an answer. A bug is reported, and told only by its name. */
const refusal = (error: unknown, what: string): Response => {
  if (isFailure(error)) {
    const problem = toProblem(error)
    const more = { message: error.message, costly: error instanceof CostlyScan }
    return json(problem.status, { error: problem.title, ...problem, ...more })
  }
  if (error instanceof Problem) return json(422, { error: "Problem", message: error.message })
  reportError(`the console failed on ${what}`, error)
  return json(500, { error: "Internal", message: `it failed: ${messageOf(error)}` })
}

/** The body of a request, of bounded size and time. */
const bodyOf = async (request: Request): Promise<unknown> => {
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new Malformed({ message: "send the question as application/json" })
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = request.body?.getReader()
  const late = setTimeout(() => void reader?.cancel(), CONSOLE.bodyMs)
  try {
    for (;;) {
      const { done, value } = await reader?.read() ?? { done: true, value: undefined }
      if (done || !value) break
      bytes += value.length
      if (bytes > CONSOLE.questionBytes) {
        void reader?.cancel()
        throw new TooLarge({ message: `a question has at most ${CONSOLE.questionBytes} bytes` })
      }
      chunks.push(value)
    }
  } finally {
    clearTimeout(late)
  }
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  try {
    return JSON.parse(decodeText(whole))
  } catch (cause) {
    throw new Malformed({ message: `the question is no JSON: ${messageOf(cause)}` })
  }
}

/** Answers the requests of one console. */
class Console {
  readonly #options: ConsoleOptions
  readonly #place: Workplace
  readonly #overview: Overview
  readonly #live: Live
  #inFlight = 0

  constructor(place: Workplace, options: ConsoleOptions) {
    this.#options = options
    this.#place = place
    this.#overview = new Overview(place)
    this.#live = new Live(this.#overview)
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname
    try {
      checkHost(request, this.#options)
      if (request.method === "GET" || request.method === "HEAD") {
        const file = await fileAt(path)
        if (file) return file
      }
      const allowed = await admit(request, this.#options)
      if (request.method === "GET" && path === "/live") return this.#live.stream()
      const [, name] = /^\/api\/([a-z]+)$/.exec(path) ?? []
      if (request.method === "POST" && name !== undefined) {
        return json(200, await this.#answer(name, request, allowed))
      }
      throw new NotFound({ message: `no route matches ${request.method} ${path.slice(0, 200)}` })
    } catch (error) {
      return refusal(error, path.slice(0, 200))
    }
  }

  async close(): Promise<void> {
    this.#live.close()
    await this.#overview.close()
  }

  async #answer(name: string, request: Request, { act, operator }: Allowed): Promise<unknown> {
    const isAction = Object.hasOwn(ACTIONS, name)
    const question = isAction ? ACTIONS[name] : Object.hasOwn(QUESTIONS, name) && QUESTIONS[name]
    if (name === "may") return { act, app: this.#place.app.name }
    if (!question) throw new NotFound({ message: `there is no question "${name}"` })
    if (isAction && !act) {
      throw new Forbidden({ message: `this console only reads: ${name} is not allowed` })
    }
    if (this.#inFlight >= CONSOLE.atOnce) {
      const message = `the console answers ${CONSOLE.atOnce} questions at once: ask again`
      throw new Overloaded({ message, retryAfterMs: CONSOLE.liveMs })
    }
    this.#inFlight++
    try {
      const body = await bodyOf(request)
      if (!isMap(body)) throw new Malformed({ message: "a question is a map of its parameters" })
      const params = question.params.decode(body)
      return await question.answer({
        place: this.#place,
        overview: this.#overview,
        operator: operator ?? this.#options.operator,
      }, params)
    } finally {
      this.#inFlight--
    }
  }
}

/** Serves a console. Rejects if the port is not available. */
export const serveConsole = async (
  place: Workplace,
  options: ConsoleOptions,
): Promise<RunningConsole> => {
  const running = new Console(place, options)
  const { port, host } = options
  const serving = await serveGateway({ fetch: running.fetch }, { port, host })
  return {
    url: serving.url,
    stop: async () => {
      await running.close()
      await serving.stop()
    },
  }
}
