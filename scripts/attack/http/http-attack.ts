/** Attacks that are one HTTP request, with the answers that are expected. */
import type { Attack, Scene } from "../attack-case.ts"
import { ask, type HttpAnswer, type HttpRequest, JSON_BODY } from "./raw-http.ts"

/** The expected answers: one of these statuses, and the result of a check. */
export interface Expected {
  readonly statuses: readonly number[]
  /** A further check: undefined when it passes, and otherwise what is wrong. */
  readonly check?: (answer: HttpAnswer) => string | undefined
  /** The expectation in words, if the statuses do not say it all. */
  readonly words?: string
}

/** Statuses of a refusal for a mistake of the sender. */
export const REFUSED = [
  400,
  403,
  404,
  405,
  406,
  408,
  411,
  412,
  413,
  414,
  415,
  417,
  421,
  422,
  431,
  501,
]

/** Statuses of a request that was accepted or refused in good order. It must only do no harm. */
export const HARMLESS = [200, 204, 304, 409, ...REFUSED]

const STACK = /\n\s+at |\\n\s+at |\.ts:\d+/

/** What is wrong with an answer; undefined when it is expected. */
export const wrongAnswer = (
  answer: HttpAnswer,
  { statuses, check }: Expected,
): string | undefined => {
  const { status, body, cut } = answer
  const shown = body.slice(0, 160).replaceAll(/\s+/g, " ")
  if (cut !== undefined && status === 0) return `no answer: ${cut}`
  if (!statuses.includes(status)) return `${status} ${shown}`
  if (STACK.test(body) && status >= 400) return `${status} with a stack or a path: ${shown}`
  return check?.(answer)
}

/** The words of an expectation, made from its statuses unless it has words. */
export const wordsOf = ({ statuses, words }: Expected): string => {
  if (words !== undefined) return words
  if (statuses === REFUSED) return "refused (4xx)"
  if (statuses === HARMLESS) return "any answer but 5xx"
  return statuses.join(" or ")
}

/** Makes an attack of one request. It may depend on the scene. */
export const httpAttack = (
  name: string,
  request: HttpRequest | ((scene: Scene) => HttpRequest),
  expected: Expected | readonly number[],
  more: Partial<Attack> = {},
): Attack => {
  const wanted: Expected = "statuses" in expected ? expected : { statuses: expected }
  return {
    name,
    expected: wordsOf(wanted),
    isOneRequest: true,
    run: async (scene) => {
      const { http } = scene.victim.ports
      const spelled = typeof request === "function" ? request(scene) : request
      return wrongAnswer(await ask(http, spelled), wanted)
    },
    ...more,
  }
}

/** The path of a command that receives stock, of an item that no other attack uses. */
export const receiveAt = ({ fresh }: Scene): string => `/stock/item/${fresh("sku")}/ReceiveStock`

/** The path of a command that places an order that no other attack uses. */
export const placeAt = ({ fresh }: Scene): string => `/orders/order/${fresh("o")}/PlaceOrder`

/** An attack by the body of a command that receives stock, labelled JSON. */
export const bodyAttack = (
  name: string,
  body: string | Uint8Array,
  expected: Expected | readonly number[],
  path: (scene: Scene) => string = receiveAt,
): Attack =>
  httpAttack(
    name,
    (scene) => ({ method: "POST", path: path(scene), headers: [JSON_BODY], body }),
    expected,
  )
