/** Attacks on the borders of requests: two lengths, false lengths, chunks, and other protocols. */
import { randomBytes } from "node:crypto"
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { pipelines } from "./pipelines.ts"
import { ask, exchange, type ExchangeOptions, JSON_BODY } from "./raw-http.ts"

const BODY = '{"quantity":1}'

/** A command within the body of another request. */
const hidden = (id: string, port: number): string =>
  [
    `POST /stock/item/${id}/ReceiveStock HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    JSON_BODY,
    `Content-Length: ${BODY.length}`,
    "",
    BODY,
  ].join("\r\n")

const head = (port: number, id: string, lines: readonly string[]): string =>
  [
    `POST /stock/item/${id}/ReceiveStock HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    JSON_BODY,
    ...lines,
    "",
    "",
  ].join("\r\n")

interface Smuggled {
  readonly name: string
  readonly lines: readonly string[]
  readonly body: (inner: string) => string
}

const length = (text: string) => `Content-Length: ${text.length}`
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const END = "0\r\n\r\n"
const CHUNKED = "Transfer-Encoding: chunked"

/** Bodies that hide a second request. The first must be refused, and the second not be done. */
const smuggled: readonly Smuggled[] = [
  { name: "a length and chunks", lines: [length(BODY), CHUNKED], body: (inner) => END + inner },
  { name: "chunks and a length", lines: [CHUNKED, length(BODY)], body: (inner) => END + inner },
  {
    name: "chunks and length 0",
    lines: [CHUNKED, "Content-Length: 0"],
    body: (inner) => chunk(BODY) + END + inner,
  },
  {
    name: "two lengths",
    lines: ["Content-Length: 0", length(BODY)],
    body: (inner) => BODY + inner,
  },
  { name: "two lengths in one", lines: ["Content-Length: 0, 14"], body: (inner) => BODY + inner },
  { name: "a negative length", lines: ["Content-Length: -1"], body: (inner) => BODY + inner },
  { name: "a length with a plus", lines: ["Content-Length: +14"], body: (inner) => BODY + inner },
  { name: "a hexadecimal length", lines: ["Content-Length: 0xe"], body: (inner) => BODY + inner },
  { name: "a length with letters", lines: ["Content-Length: 14x"], body: (inner) => BODY + inner },
  {
    name: "a length beyond 2^64",
    lines: ["Content-Length: 18446744073709551630"],
    body: (inner) => BODY + inner,
  },
  {
    name: "a space before the colon",
    lines: ["Content-Length : 0"],
    body: (inner) => BODY + inner,
  },
  {
    name: "chunked with a space before the colon",
    lines: ["Transfer-Encoding : chunked"],
    body: (inner) => END + inner,
  },
  {
    name: "chunked in quotes",
    lines: ['Transfer-Encoding: "chunked"'],
    body: (inner) => END + inner,
  },
  { name: "xchunked", lines: ["Transfer-Encoding: xchunked"], body: (inner) => END + inner },
  {
    name: "chunked, identity",
    lines: ["Transfer-Encoding: chunked, identity"],
    body: (inner) => END + inner,
  },
  {
    name: "identity and a length",
    lines: ["Transfer-Encoding: identity", "Content-Length: 0"],
    body: (inner) => BODY + inner,
  },
  { name: "two encodings", lines: [CHUNKED, "Transfer-Encoding: x"], body: (inner) => END + inner },
  {
    name: "a chunk size that is none",
    lines: [CHUNKED],
    body: (inner) => `zz\r\n${BODY}\r\n${END}${inner}`,
  },
  {
    name: "a chunk size beyond 2^64",
    lines: [CHUNKED],
    body: (inner) => `1000000000000000e\r\n${BODY}\r\n${END}${inner}`,
  },
  {
    name: "a negative chunk size",
    lines: [CHUNKED],
    body: (inner) => `-e\r\n${BODY}\r\n${END}${inner}`,
  },
  {
    name: "a chunk longer than it says",
    lines: [CHUNKED],
    body: (inner) => `2\r\n${BODY}\r\n${END}${inner}`,
  },
  {
    name: "a chunk size with a space",
    lines: [CHUNKED],
    body: (inner) => ` e\r\n${BODY}\r\n${END}${inner}`,
  },
  { name: "a folded header", lines: ["X: a\r\n Content-Length: 0"], body: (inner) => BODY + inner },
  {
    name: "a null in a header",
    lines: ["X: \0", "Content-Length: 0"],
    body: (inner) => BODY + inner,
  },
]

const refusesBoth = ({ name, lines, body }: Smuggled): Attack => ({
  name,
  expected: "400 or 415 or nothing, and the hidden command is not done",
  isOneRequest: true,
  run: async ({ victim, fresh }) => {
    const { http } = victim.ports
    const [outer, inner] = [fresh("outer"), fresh("inner")]
    const bytes = head(http, outer, lines) + body(hidden(inner, http))
    const { status, raw } = await exchange(http, bytes, { timeoutMs: 1_500, until: /\r\n\r\n/ })
    const found = await ask(http, { path: `/stock/item/${inner}` })
    if (found.status !== 404) return `the hidden command was done: ${found.body.slice(0, 100)}`
    return [0, 400, 413, 415, 501].includes(status) ? undefined : raw.slice(0, 120)
  },
})

const raw = (
  name: string,
  bytes: (scene: Scene) => string | Uint8Array,
  statuses: readonly number[],
  options: ExchangeOptions = { timeoutMs: 1_500, until: /\r\n\r\n/ },
): Attack => ({
  name,
  expected: `${statuses.join(" or ")} (0 is no answer), and the shop lives`,
  isOneRequest: true,
  run: async (scene) => {
    const answer = await exchange(scene.victim.ports.http, bytes(scene), options)
    return statuses.includes(answer.status) ? undefined : answer.raw.slice(0, 200)
  },
})

const get = (line: string, port: number) => `${line}\r\nHost: 127.0.0.1:${port}\r\n\r\n`

const lines: readonly [string, string][] = [
  ["HTTP/0.9", "GET /healthz"],
  ["HTTP/9.9", "GET /healthz HTTP/9.9"],
  ["HTTP/1.10", "GET /healthz HTTP/1.10"],
  ["HTTP in small letters", "GET /healthz http/1.1"],
  ["HTTP/2.0", "PRI * HTTP/2.0"],
  ["a tab for a space", "GET\t/healthz\tHTTP/1.1"],
  ["two spaces", "GET  /healthz  HTTP/1.1"],
  ["no path", "GET  HTTP/1.1"],
  ["a path without a slash", "GET healthz HTTP/1.1"],
  ["a null in the path", "GET /health\0z HTTP/1.1"],
  ["a path of 100,000 letters", `GET /${"a".repeat(100_000)} HTTP/1.1`],
  ["a space in the path", "GET /a b HTTP/1.1"],
  ["a bare asterisk", "GET * HTTP/1.1"],
  ["a host to connect to", "CONNECT evil.example:443 HTTP/1.1"],
]

/** The class. */
export const smuggling: AttackClass = {
  name: "smuggling",
  attacks: () => [
    ...smuggled.map(refusesBoth),
    ...lines.map(([name, line]) =>
      raw(name, ({ victim }) => get(line, victim.ports.http), [
        0,
        200,
        400,
        403,
        404,
        405,
        414,
        421,
        422,
        431,
        505,
      ])
    ),
    raw(
      "line ends of one byte",
      ({ victim }) => `GET /healthz HTTP/1.1\nHost: 127.0.0.1:${victim.ports.http}\n\n`,
      [0, 200, 400],
    ),
    raw("the hello of TLS", () => Uint8Array.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), [
      0,
      400,
    ]),
    raw("SSH", () => "SSH-2.0-OpenSSH_9.9\r\n", [0, 400]),
    raw(
      "the protocol of NATS",
      () => "CONNECT {}\r\nPUB cmd.stock.item.x.ReceiveStock 2\r\n{}\r\n",
      [0, 400],
    ),
    raw("100 KB of chance", () => randomBytes(100_000), [0, 400, 431]),
    raw("100 KB of line ends", () => "\r\n".repeat(50_000), [0, 400, 431]),
    raw(
      "a body that is shorter than its length",
      ({ victim, fresh }) => head(victim.ports.http, fresh(), ["Content-Length: 100"]) + BODY,
      [0, 408],
    ),
    raw(
      "a length of 900 GB",
      ({ victim, fresh }) =>
        head(victim.ports.http, fresh(), ["Content-Length: 900000000000"]) + BODY,
      [413],
    ),
    raw(
      "chunks of over 900,000 bytes",
      ({ victim, fresh }) =>
        head(victim.ports.http, fresh(), [CHUNKED, "Connection: close"]) +
        chunk("x".repeat(300_000)).repeat(4) + END,
      [413],
      { timeoutMs: 5_000 },
    ),
    ...[
      ["1,000 chunks of a byte", 1_000, 1, [200]],
      ["100,000 chunks of a byte", 100_000, 1, [0, 413]],
      ["890,000 chunks of a byte", 890_000, 1, [0, 413]],
      ["60,000 chunks of 15 bytes", 60_000, 15, [0, 413]],
    ].map(([name, count, size, statuses]) =>
      raw(
        name as string,
        ({ victim, fresh }) =>
          head(victim.ports.http, fresh(), [CHUNKED, "Connection: close"]) +
          chunk(" ".repeat(size as number)).repeat(count as number) + chunk(BODY) + END,
        statuses as number[],
        { timeoutMs: 5_000 },
      )
    ),
    ...["GET /healthz", "GET /stock/totals", "POST /nothing", "POST /a/b/c/D", "PUT /"].map((
      line,
    ) =>
      raw(
        `100,000 chunks of a byte behind ${line}`,
        ({ victim }) =>
          `${line} HTTP/1.1\r\nHost: 127.0.0.1:${victim.ports.http}\r\n${CHUNKED}\r\n` +
          `Connection: close\r\n\r\n${chunk(" ").repeat(100_000)}${END}`,
        [0, 200, 400, 404, 405, 413, 415],
        { timeoutMs: 5_000 },
      )
    ),
    raw(
      "an extension of a chunk of 1 MB",
      ({ victim, fresh }) =>
        head(victim.ports.http, fresh(), [CHUNKED]) +
        `e;${"a".repeat(1_000_000)}\r\n${BODY}\r\n${END}`,
      [0, 400, 413],
    ),
    raw(
      "trailers of 1 MB",
      ({ victim, fresh }) =>
        head(victim.ports.http, fresh(), [CHUNKED, "Connection: close"]) + chunk(BODY) +
        `0\r\n${"X: y\r\n".repeat(150_000)}\r\n`,
      [0, 200, 400, 431],
      { timeoutMs: 5_000 },
    ),
    raw(
      "a body behind a GET",
      ({ victim }) =>
        `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${victim.ports.http}\r\n` +
        `Content-Length: 5\r\n\r\nhello`,
      [200, 400],
    ),
    ...pipelines,
  ],
}
