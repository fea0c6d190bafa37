/** Attacks that are one HTTP request: what is sent, and which answers are as they must be. */
import type { Attack, Scene } from "../attack-case.ts"
import { ask, type HttpAnswer, type HttpRequest, JSON_BODY } from "./raw-http.ts"

/** Which answers are as they must be: these statuses, or what a look at the answer says. */
export interface Expected {
  readonly statuses: readonly number[]
  /** More that must hold: undefined when it does, and otherwise what came. */
  readonly check?: (answer: HttpAnswer) => string | undefined
  /** In words, where the statuses do not say it all. */
  readonly words?: string
}

/** Refused as something that the sender has done wrong. */
export const REFUSED = [400, 403, 404, 405, 408, 411, 412, 413, 414, 415, 417, 421, 422, 431, 501]

/** Taken, or refused in good order: what matters is that it hurts nobody. */
export const HARMLESS = [200, 204, 304, 409, ...REFUSED]

const STACK = /\n\s+at |\\n\s+at |\.ts:\d+/

/** What is wrong with an answer; undefined when it is as it must be. */
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

/** Where stock is received, of an item that no other attack uses. */
export const receiveAt = ({ fresh }: Scene): string => `/stock/item/${fresh("sku")}/ReceiveStock`

/** Where an order is placed that no other attack uses. */
export const placeAt = ({ fresh }: Scene): string => `/orders/order/${fresh("o")}/PlaceOrder`

/** An attack that is the body of a command that receives stock, labelled JSON. */
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
