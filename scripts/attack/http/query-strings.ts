/** Attacks by query strings: unknown parameters, too many, too long, or SQL. */
import type { Attack, AttackClass } from "../attack-case.ts"
import { HARMLESS, httpAttack, REFUSED } from "./http-attack.ts"
import { command } from "./raw-http.ts"

const short = (text: string) => text.length > 60 ? `${text.slice(0, 40)}… (${text.length})` : text

const notVersions = ["-1", "1.5", "NaN", "Infinity", "1e400", "x", "%00", "9007199254740993", "0x1"]
const notTimes = [
  "",
  "x",
  "-1",
  "99999-01-01",
  "2026-13-45T00:00:00Z",
  "%00",
  "Infinity",
  "{}",
  "'",
]
const notLimits = ["-1", "1.5", "x", "1e400", "%00", "NaN", "9007199254740993"]

const injections = [
  ...[
    "' or '1'='1",
    "'; drop schema public cascade; --",
    '" or ""="',
    "\\'; select pg_sleep(10)--",
  ],
  ...[
    "1; select pg_sleep(10)",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "$(sleep 10)",
    "`sleep 10`",
    "%s%s%n",
  ],
  ...["\u0000", "a\u0000b", "\ud7ff\u200b", "$1", "$$x$$", "NULL", "{}", "[]", "*", "%", "_", "\\"],
]

/** A query with one parameter string. */
const of = (name: string, path: string, expected: readonly number[]): Attack => ({
  ...httpAttack(name, { path }, expected),
})

const seeded = (name: string, query: string, expected: readonly number[], of = ""): Attack => ({
  name: `${of || "the state"} with ${name}`,
  expected: expected === REFUSED ? "refused (4xx)" : expected.join(" or "),
  isIndependent: true,
  run: async (scene) => {
    const { http } = scene.victim.ports
    const path = `/stock/item/${scene.fresh("q")}`
    await command(http, `${path}/ReceiveStock`, { quantity: 1 })
    const attack = httpAttack(name, { path: `${path}${of && `/${of}`}?${query}` }, expected)
    return await attack.run(scene)
  },
})

const dates = [
  ...[
    "",
    "x",
    "2026-99-99",
    "%00",
    "'",
    "-9999999-01-01",
    "9".repeat(7_000),
    "{}",
    "2026-01-01' --",
  ],
]

const quick = (name: string, path: string): Attack => {
  const attack = httpAttack(name, { path }, {
    statuses: HARMLESS,
    words: "any answer but 5xx, within 2 s",
    check: ({ ms }) => ms > 2_000 ? `it took ${ms.toFixed(0)} ms` : undefined,
  })
  return attack
}

/** The class. */
export const queryStrings: AttackClass = {
  name: "query-strings",
  attacks: () => [
    ...notVersions.map((each) => seeded(`version ${each}`, `version=${each}`, REFUSED)),
    ...notTimes.map((each) => seeded(`at ${each}`, `at=${each}`, REFUSED)),
    ...notLimits.map((each) => seeded(`limit ${each}`, `limit=${each}`, REFUSED, "history")),
    ...notLimits.map((each) => seeded(`after ${each}`, `after=${each}`, REFUSED, "history")),
    seeded("limit 0", "limit=0", [200, 422], "history"),
    seeded("limit 1e15", "limit=1000000000000000", [200, 422], "history"),
    seeded("after 1e15", "after=1000000000000000", [200, 404, 422], "history"),
    seeded("two versions", "version=0&version=1", [200, 400, 422]),
    seeded("an array", "version[]=1", [200, 400, 422]),
    seeded("another id", "id=other", [200, 400, 422]),
    seeded("a prototype", "__proto__=1&constructor=2", HARMLESS),
    seeded("the year 0", "at=0000-01-01T00:00:00Z", [200, 404, 422]),
    seeded("the year 275760", "at=%2B275760-09-13T00:00:00.000Z", [200, 422]),
    of("an unknown state", "/orders/orders-in-state?state=x", [422]),
    of("no state", "/orders/orders-in-state", [422]),
    of("a state in other letters", "/orders/orders-in-state?state=Placed", [422]),
    of("an empty customer", "/orders/orders-of-customer?customer=", [422]),
    of("two customers", "/orders/orders-of-customer?customer=a&customer=b", [200, 400, 422]),
    of("a customer in brackets", "/orders/orders-of-customer?customer[]=a", [422]),
    ...injections.flatMap((text) => [
      quick(
        `orders of ${JSON.stringify(text)}`,
        `/orders/orders-of-customer?customer=${encodeURIComponent(text)}`,
      ),
      quick(
        `movements of ${JSON.stringify(text)}`,
        `/stock/movements?sku=${encodeURIComponent(text)}`,
      ),
      quick(
        `the card of ${JSON.stringify(text)}`,
        `/customers/customer-card/${encodeURIComponent(text)}`,
      ),
    ]),
    ...dates.map((date) =>
      quick(`sales from ${short(date)}`, `/orders/sales?from=${date}&to=${date}`)
    ),
    quick("sales of all time", "/orders/sales?from=0000-01-01&to=9999-12-31"),
    quick("3,000 parameters", `/stock/totals?${"a=1&".repeat(3_000)}`),
    quick(
      "3,000 different parameters",
      `/stock/totals?${Array.from({ length: 2_000 }, (_, n) => `a${n}=`).join("&")}`,
    ),
    quick("a parameter of 15,000 letters", `/stock/movements?sku=${"a".repeat(15_000)}`),
    quick("5,000 escapes", `/stock/movements?sku=${"%41".repeat(5_000)}`),
    quick("broken escapes", "/stock/movements?sku=%zz%&%=%"),
    quick("only ampersands", `/stock/totals?${"&".repeat(10_000)}`),
    quick("a question mark behind another", "/stock/totals??a=b?c#d"),
    quick("nothing but a question mark", "/stock/totals?"),
  ],
}
