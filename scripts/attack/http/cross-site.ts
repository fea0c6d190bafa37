/** Attacks by pages of other sites: cross-site requests, and host names that lead to loopback. */
import type { Attack, AttackClass } from "../attack-case.ts"
import { HARMLESS, httpAttack, receiveAt, REFUSED } from "./http-attack.ts"
import { type HttpAnswer, JSON_BODY } from "./raw-http.ts"

const BODY = '{"quantity":7}'
const NO_HOST = [400, 403, 421]

/** Checks that no header lets a page of another site read the answer. */
const noSharing = ({ headers }: HttpAnswer): string | undefined => {
  const shared = headers.get("access-control-allow-origin")
  return shared === undefined ? undefined : `access-control-allow-origin: ${shared}`
}

const posted = (name: string, lines: readonly string[], statuses: readonly number[]): Attack =>
  httpAttack(
    name,
    (scene) => ({ method: "POST", path: receiveAt(scene), headers: lines, body: BODY }),
    { statuses, check: noSharing },
  )

const got = (name: string, path: string, lines: readonly string[], statuses: readonly number[]) =>
  httpAttack(name, { path, headers: lines }, { statuses, check: noSharing })

const CROSS = "Sec-Fetch-Site: cross-site"
const NO_CORS = "Sec-Fetch-Mode: no-cors"
const EVIL = "Origin: https://evil.example"

/** The content types that forms and `no-cors` requests may send without a preflight. */
const simple = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
]

const foreignHosts = [
  ...["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80"],
  ...[
    "127.0.0.1@evil.example",
    "evil.example#127.0.0.1",
    "127-0-0-1.evil.example",
    "0x7f000001.evil",
  ],
  ...[
    "xn--localhst-45d",
    "192.168.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "[fe80::1]",
    "a".repeat(5_000),
  ],
  ...["localhost, evil.example", "evil.example, localhost", "*", "%6cocalhost.evil"],
]

/** The class. */
export const crossSite: AttackClass = {
  name: "cross-site",
  attacks: () => [
    posted("no content type, from another site", [CROSS, NO_CORS, EVIL], [403, 415]),
    posted("no content type, by an old browser", [EVIL], [403, 415]),
    posted("JSON from another site", [JSON_BODY, CROSS, EVIL], [403]),
    posted("JSON of another origin, by an old browser", [JSON_BODY, EVIL], [403]),
    posted("JSON of the origin null", [JSON_BODY, "Origin: null"], [403]),
    posted("JSON from another site, no origin", [JSON_BODY, CROSS], [403]),
    posted("JSON from another site, in capitals", [JSON_BODY, "SEC-FETCH-SITE: cross-site"], [403]),
    ...simple.flatMap((type) => [
      posted(`${type} from another site`, [`Content-Type: ${type}`, CROSS, EVIL], [403, 415]),
      posted(`${type} without an origin`, [`Content-Type: ${type}`], [403, 415]),
    ]),
    ...["POST", "PUT", "DELETE"].map((method) =>
      httpAttack(`a preflight for ${method}`, {
        method: "OPTIONS",
        path: "/stock/item/tea/ReceiveStock",
        headers: [
          EVIL,
          `Access-Control-Request-Method: ${method}`,
          "Access-Control-Request-Headers: content-type",
        ],
      }, { statuses: [204, ...REFUSED], check: noSharing })
    ),
    got("a query from another site", "/stock/totals", [CROSS, EVIL], HARMLESS),
    got("a query of the origin null", "/stock/totals", ["Origin: null"], HARMLESS),
    got("a stream from another site", "/openapi.json", [CROSS, EVIL, "Accept: */*"], HARMLESS),
    got("the page in a frame of another site", "/", [CROSS, "Sec-Fetch-Dest: iframe"], HARMLESS),
    httpAttack("the page cannot be framed", { path: "/" }, {
      statuses: [200],
      words: "200 with frame-ancestors 'none'",
      check: ({ raw }) => /frame-ancestors 'none'/.test(raw) ? undefined : "no such policy",
    }),
    ...foreignHosts.flatMap((host) => [
      got(
        `a query with the host ${host.slice(0, 40)}`,
        "/stock/totals",
        [`Host: ${host}`],
        NO_HOST,
      ),
      posted(`a command with the host ${host.slice(0, 40)}`, [`Host: ${host}`, JSON_BODY], NO_HOST),
    ]),
    got("readyz with a foreign host", "/readyz", ["Host: evil.example"], [200, ...NO_HOST]),
    got("no host", "/stock/totals", ["Host:"], NO_HOST),
    got("two hosts", "/stock/totals", ["Host: 127.0.0.1", "Host: evil.example"], NO_HOST),
    got(
      "the other host first",
      "/stock/totals",
      ["Host: evil.example", "Host: 127.0.0.1"],
      NO_HOST,
    ),
    got("a whole address of another host", "http://evil.example/stock/totals", [], [
      200,
      ...NO_HOST,
      404,
    ]),
    got("a foreign host forwarded", "/stock/totals", ["X-Forwarded-Host: evil.example"], [200]),
    httpAttack("localhost is let in", ({ victim }) => ({
      path: "/stock/totals",
      headers: [`Host: localhost:${victim.ports.http}`],
    }), [200]),
    httpAttack("a page of its own is let in", (scene) => ({
      method: "POST",
      path: receiveAt(scene),
      headers: [JSON_BODY, `Origin: ${scene.victim.url}`, "Sec-Fetch-Site: same-origin"],
      body: BODY,
    }), [200]),
    httpAttack("another port of localhost", (scene) => ({
      method: "POST",
      path: receiveAt(scene),
      headers: [JSON_BODY, "Origin: http://localhost:3000", "Sec-Fetch-Site: same-site"],
      body: BODY,
    }), [403]),
  ],
}
