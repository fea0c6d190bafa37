/** A visitor of the shop in a test: speaks HTTP, and waits for what comes of it. */
import assert from "node:assert/strict"
import { setImmediate } from "node:timers/promises"
import type { RunningApp } from "leftfold/app"

/** What was answered. */
export interface Answered<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** An order in full, as its view shows it. */
export interface Detail {
  readonly state: string
  readonly reason?: string
  readonly payment: string
  readonly delivery: string
  readonly total: number
}

const WAIT_MS = 20_000

/** Asks again, each time the answer came, until it is as expected. */
export const eventually = async <T>(
  ask: () => Promise<T>,
  expected: (answer: T) => boolean,
): Promise<T> => {
  const until = Date.now() + WAIT_MS
  for (;;) {
    const answer = await ask()
    if (expected(answer)) return answer
    assert.ok(
      Date.now() < until,
      `in ${WAIT_MS} ms it did not become as expected: ${JSON.stringify(answer)}`,
    )
    await setImmediate()
  }
}

/** A request that says this as JSON. */
export const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(body),
})

export class Visitor {
  readonly #app: RunningApp

  constructor(app: RunningApp) {
    this.#app = app
  }

  async json<Body>(path: string, init?: RequestInit): Promise<Answered<Body>> {
    const response = await this.#app.fetch(path, init)
    const { status, headers } = response
    return { status, headers, body: await response.json() as Body }
  }

  /** Asks for something that must be accepted; answers its position. */
  async say(path: string, fields: object): Promise<string> {
    const { status, body } = await this.json<{ position: string }>(path, post(fields))
    assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`)
    return body.position
  }

  /** Places an order of one line. */
  place(id: string, line: { sku?: string; quantity?: number; price?: number }, address?: string) {
    const lines = [{ sku: "tea", quantity: 1, price: 900, ...line }]
    const order = { customer: "ada", lines, ...(address === undefined ? {} : { address }) }
    return this.say(`/orders/order/${id}/PlaceOrder`, order)
  }

  /** The order in full, once it is as expected. */
  async detail(id: string, expected: (detail: Detail) => boolean): Promise<Detail> {
    const ask = () => this.json<Detail>(`/orders/order-detail/${id}`)
    const found = await eventually(ask, ({ status, body }) => status === 200 && expected(body))
    return found.body
  }

  async stateOf<State>(path: string): Promise<State> {
    return (await this.json<{ state: State }>(path)).body.state
  }
}
