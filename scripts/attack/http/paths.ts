/** Attacks by methods and paths: other methods, traversal, illegal ids, internal commands. */
import { Buffer } from "node:buffer"
import type { Attack, AttackClass } from "../attack-case.ts"
import { HARMLESS, httpAttack, REFUSED } from "./http-attack.ts"
import { JSON_BODY } from "./raw-http.ts"

const COMMAND = "/stock/item/tea/ReceiveStock"
const short = (text: string) => text.length > 60 ? `${text.slice(0, 40)}… (${text.length})` : text

const methods = [
  ...["GET", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "SEARCH", "MKCOL", "PURGE"],
  ...["QUERY", "LOCK", "post", "Post", "FOO", "POST1", "P".repeat(5_000)],
]

const traversal = [
  ...["/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"],
  ...["/..\\..\\etc\\passwd", "/%5c..%5c..", "/index.html%00.js", "/index.html/", "/./../main.ts"],
  ...["/main.ts", "/.git/config", "/package.json", "/passwords.json", "/.env", "/.leftfold/"],
  ...["/page/index.html", "/..;/", "/%c0%ae%c0%ae/etc/passwd", "/%252e%252e/etc/passwd"],
  ...["/stock/../../etc/passwd", "/stock/item/..%2f..%2fetc%2fpasswd", "/file:///etc/passwd"],
  ...["/node_modules/hono/package.json", "/app.js/../../main.ts", "/style.css%2f..%2fmain.ts"],
]

const strange = [
  ...["//", "///stock//item//tea", "/stock//item/tea", "/stock/item/", "/stock", "/stock/", "/%"],
  ...["/%zz", "/%00", "/%0d%0aX-Injected:1", "/%e2%80%ae", "/%ff%fe", "/*", "/>", "/$JS/API/x/y"],
  ...["/$SRV/PING", "/leftfold/actors", "/leftfold/actors/stock", "/qry/stock/totals", "/_INBOX/x"],
  ...[
    "/__proto__/constructor",
    "/constructor/prototype/x",
    "/stock/__proto__/x",
    "/stock/toString",
  ],
  ...["/stock/constructor/a/b", "/hasOwnProperty/x/y/z", "/STOCK/ITEM/tea", "/stock/Item/tea"],
  ...[`/${"a/".repeat(4_000)}`, `/${"a".repeat(7_000)}`, `/stock/item/tea/${"h".repeat(7_000)}`],
  ...["/stock/item/tea/history/more", "/stock/item/tea/ReceiveStock", "/openapi.json/x"],
  ...["/healthz/x", "/readyz/x", "/metrics/x", "/debug/pprof", "/admin", "/.well-known/x"],
]

/** Ids that are legal, whatever they look like: nothing has happened to their actors. */
const oddIds = [
  ...["a.b", "*", ">", "%2a", "%3e", "a%2eb", "a%20b", "%20"],
  ...["%c3%a9", "%f0%9f%8d%b5", "a%2fb", "..%2f..", "%25", "a%25b", "a+b", "a:b", "a;b", "a,b"],
  ...["a'b", "a%22b", "a%60b", "$id", "~", "a@b", "a%5cb", "%2541", "%c3%bc".repeat(128)],
]

const badIds = [
  ...["a%0d%0ab", "%00", "a%00", "%7f", "a".repeat(129), "a".repeat(5_000), "%c3%bc".repeat(129)],
  ...["%ed%a0%80", "%ff", "%c0%af", "a%0ab", "%ef%bb%bf", "a%e2%80%8b", "a%e2%80%ae", "u%cc%88"],
]

const internal = [
  ...["/stock/item/tea/ReserveStock", "/stock/item/tea/ReleaseStock", "/stock/item/tea/ShipStock"],
  ...[
    "/stock/item/tea/ReturnStock",
    "/orders/order/x/CompleteOrder",
    "/orders/checkout/x/NotePaid",
  ],
  ...["/orders/checkout/x/BeginCheckout", "/orders/checkout/x/AbandonCheckout"],
  ...["/payments/payment/x/TakePayment", "/payments/payment/x/RefundPayment"],
  ...["/payments/payment/x/DeclinePayment", "/payments/payment/x/ConfirmRefund"],
  ...["/delivery/delivery/x/ArrangeDelivery", "/delivery/delivery/x/CancelDelivery"],
  ...["/orders/order/x/Complete%4frder", "/orders/order/x/%43ompleteOrder"],
  ...["/orders/order/x/CompleteOrder%00", "/orders/order/x/CompleteOrder%20"],
  ...["/orders/order/x/CompleteOrder/", "/orders//order/x/CompleteOrder", "/orders/order/x/"],
  ...["/orders/order/x.y/CompleteOrder", "/orders/order/x%2eCompleteOrder/CancelOrder"],
  ...["/orders/order/x/completeorder", "/orders/order/x/__proto__", "/orders/order/x/constructor"],
  ...[
    "/orders/order/x/toString",
    "/orders/order/x/CompleteOrder;a",
    "/orders/order/x/Complete.Order",
  ],
  ...[
    "/orders/order/x/CompleteOrder%3f",
    "/orders/order/x/*",
    `/orders/order/x/${"C".repeat(5_000)}`,
  ],
]

const post = (name: string, path: string, expected: readonly number[], body = "{}"): Attack =>
  httpAttack(name, { method: "POST", path, headers: [JSON_BODY], body }, expected)

const noLeak = (name: string, path: string): Attack =>
  httpAttack(name, { path: Buffer.from(path).toString("latin1") }, {
    statuses: REFUSED,
    check: ({ body, raw }) =>
      /root:|"dependencies"|\[core\]|\nX-Injected/i.test(body + raw)
        ? raw.slice(0, 200)
        : undefined,
  })

/** The class. */
export const paths: AttackClass = {
  name: "paths",
  attacks: () => [
    ...methods.map((method) =>
      httpAttack(
        `${short(method)} of a command`,
        { method, path: COMMAND, headers: [JSON_BODY], body: '{"quantity":1}' },
        REFUSED,
      )
    ),
    httpAttack("HEAD of a page", { method: "HEAD", path: "/" }, HARMLESS),
    httpAttack("HEAD of a command", { method: "HEAD", path: COMMAND }, REFUSED),
    ...["/healthz", "/readyz", "/openapi.json", "/", "/stock/totals"].map((path) =>
      post(`POST ${path}`, path, REFUSED)
    ),
    httpAttack("DELETE of an actor", { method: "DELETE", path: "/stock/item/tea" }, REFUSED),
    ...traversal.map((path) => noLeak(short(path), path)),
    ...strange.map((path) => noLeak(short(path), path)),
    httpAttack("OPTIONS of a command", { method: "OPTIONS", path: COMMAND }, [204]),
    ...oddIds.flatMap((id) => [
      post(`a wrong command to the id ${short(id)}`, `/stock/item/${id}/ReceiveStock`, [422]),
      httpAttack(`the state of the id ${short(id)}`, { path: `/stock/item/${id}` }, [404]),
      httpAttack(`the history of ${short(id)}`, { path: `/stock/item/${id}/history` }, [404]),
      httpAttack(`the row of the key ${short(id)}`, { path: `/stock/level/${id}` }, [404]),
    ]),
    ...badIds.flatMap((id) => [
      post(
        `a command to the id ${short(id)}`,
        `/stock/item/${id}/ReceiveStock`,
        REFUSED,
        '{"quantity":1}',
      ),
      httpAttack(`the state of the id ${short(id)}`, { path: `/stock/item/${id}` }, REFUSED),
      httpAttack(`the history of ${short(id)}`, { path: `/stock/item/${id}/history` }, REFUSED),
      httpAttack(`the row of the key ${short(id)}`, { path: `/stock/level/${id}` }, REFUSED),
    ]),
    ...internal.map((path) => post(`an internal command: ${short(path)}`, path, REFUSED)),
    httpAttack("an id of 128 letters", ({ fresh }) => ({
      method: "POST",
      path: `/stock/item/${fresh("long").padEnd(128, "x")}/ReceiveStock`,
      headers: [JSON_BODY],
      body: '{"quantity":1}',
    }), [200]),
    ...["/openapi.json", "/readyz"].map((path) =>
      httpAttack(`${path} names no node and no address`, { path }, {
        statuses: [200],
        words: "200, without ids of nodes, addresses or folders",
        check: ({ body }) => /"node":|127\.0\.0\.1|nats:|postgres:|\/tmp\//.exec(body)?.[0],
      })
    ),
  ],
}
