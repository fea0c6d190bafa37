/** Crafted JSON: hundreds of bodies that no honest client sends, each with a name. */
import { Buffer } from "node:buffer"

/** A body, and the command that it claims to be for. */
export interface Body {
  /** What is hostile about it; unique among the bodies of its format. */
  readonly name: string
  /** The command whose schema must check it: receiving stock, or placing an order. */
  readonly of: "receive" | "place"
  readonly bytes: Uint8Array
}

/** Nearly the largest body of a request, in bytes. */
const FULL = 890_000

const receive = (name: string, text: string | Uint8Array): Body => ({
  name,
  of: "receive",
  bytes: typeof text === "string" ? Buffer.from(text) : text,
})
const place = (name: string, text: string | Uint8Array): Body => ({
  ...receive(name, text),
  of: "place",
})
const quantity = (json: string) => `{"quantity":${json}}`
const lines = (json: string) => `{"customer":"c","lines":[${json}]}`
const listOf = (item: string, bytes: number) =>
  `${item},`.repeat(Math.floor(bytes / (item.length + 1))) + item
const numbered = (count: number, item: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => item(n)).join(",")
const nested = (open: string, close: string, depth: number, inner = "") =>
  open.repeat(depth) + inner + close.repeat(depth)

const depths = [100, 255, 256, 257, 1_000, 50_000, 440_000]

const deep: readonly Body[] = depths.flatMap((depth) => [
  receive(`arrays ${depth} deep`, quantity(nested("[", "]", depth))),
  receive(`maps ${depth} deep`, quantity(nested('{"a":', "}", Math.min(depth, 140_000), "1"))),
  receive(`${depth} brackets that open and never close`, quantity("[".repeat(depth))),
  place(`lines ${depth} deep`, lines(nested("[", "]", depth))),
])

const widths = [100, 256, 257, 1_000, 10_000, 20_000, 80_000]

const wide: readonly Body[] = widths.flatMap((width) => [
  receive(`${width} unknown fields`, `{${numbered(width, (n) => `"k${n}":1`)}}`),
  receive(`one name ${width} times`, `{${listOf('"quantity":0', width * 13)}}`),
  receive(`${width} names that are indexes`, `{${numbered(width, (n) => `"${n * 7}":1`)}}`),
  place(`${width} lines without fields`, lines(listOf("{}", width * 3))),
  place(
    `${width} lines whose fields are all wrong`,
    lines(listOf('{"sku":"!","quantity":0,"price":-1}', Math.min(width * 36, FULL))),
  ),
])

const numbers: readonly Body[] = [
  ...[15, 16, 17, 99, 100, 101, 1_000, 100_000, 880_000].flatMap((digits) => [
    receive(`a number of ${digits} digits`, quantity("9".repeat(digits))),
    receive(`a fraction of ${digits} digits`, quantity(`0.${"1".repeat(digits)}`)),
    receive(`an exponent of ${digits} digits`, quantity(`1e${"9".repeat(digits)}`)),
  ]),
  ...["-0", "1e-400", "1e400", "-1e400", "5e-324", "0.1e1", "1E+2", "1e22", "123e-2"].map((text) =>
    receive(`the number ${text}`, quantity(text))
  ),
  ...[9_007_199_254_740_991n, 9_007_199_254_740_992n, 2n ** 63n, 2n ** 64n, -(2n ** 63n)].map((n) =>
    receive(`the number ${n}`, quantity(String(n)))
  ),
  receive("20,000 numbers of 100 digits", quantity(`[${listOf("1".repeat(100), 880_000)}]`)),
  receive("40,000 numbers of 17 digits", quantity(`[${listOf("1".repeat(17), 720_000)}]`)),
]

const escapes = ["\\u0000", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\ude00\\ud83d", "\\uFFFF"]
const wrongEscapes = ["\\x41", "\\u00", "\\u", "\\", "\\U0041", "\\u+041", "\\'", "\\\n"]

const texts: readonly Body[] = [
  ...[...escapes, ...wrongEscapes].map((escape) =>
    place(`the escape ${JSON.stringify(escape)}`, lines(`{"sku":"a${escape}"}`))
  ),
  ...escapes.map((escape) =>
    receive(
      `${escape} over and over`,
      quantity(`"${escape.repeat(Math.floor(FULL / escape.length) - 10)}"`),
    )
  ),
  ...[1_000, 65_536, 880_000].flatMap((length) => [
    place(`a sku of ${length} letters`, lines(`{"sku":"${"a".repeat(length)}"}`)),
    place(`a customer of ${length} letters`, `{"customer":"${"c".repeat(length)}","lines":[]}`),
    receive(`a name of ${length} letters`, `{"${"k".repeat(length)}":1}`),
  ]),
  ...["a".repeat(100_000) + "!", "aA_-".repeat(30_000) + " ", "0".repeat(100_000) + "\\u0000"]
    .map((sku) =>
      place(`a sku that makes patterns try: ${sku.slice(0, 8)}…`, lines(`{"sku":"${sku}"}`))
    ),
  place("2,000 skus of 400 letters", lines(listOf(`{"sku":"${"a".repeat(400)}"}`, 800_000))),
  place("2,000 empty skus", lines(listOf('{"sku":"","quantity":1,"price":1}', 66_000))),
  ...["e\\u0301", "\\u202e", "\\ufeff", "\\u2028", "\\u0085", "\\ufb01", "\\u1e9b\\u0323"].map(
    (text) => place(`the customer ${text}`, `{"customer":"${text}","lines":[]}`),
  ),
  place("300,000 marks on one letter", `{"customer":"a${"\u0301".repeat(300_000)}","lines":[]}`),
]

const around = (name: string, ...inner: number[]): Body =>
  place(
    name,
    Buffer.concat([
      Buffer.from('{"customer":"'),
      Uint8Array.from(inner),
      Buffer.from('","lines":[{"sku":"a","quantity":1,"price":1}]}'),
    ]),
  )

const nearUtf8: readonly Body[] = [
  around("a continuation byte alone", 0x80),
  around("two continuation bytes", 0xbf, 0xbf),
  around("a lead of two cut off", 0xc3),
  around("a lead of three cut off", 0xe2, 0x82),
  around("a lead of four cut off", 0xf0, 0x9f, 0x98),
  around("an overlong slash", 0xc0, 0xaf),
  around("an overlong zero", 0xc0, 0x80),
  around("an overlong slash of three", 0xe0, 0x80, 0xaf),
  around("an overlong slash of four", 0xf0, 0x80, 0x80, 0xaf),
  around("a high surrogate", 0xed, 0xa0, 0x80),
  around("a low surrogate", 0xed, 0xb0, 0x80),
  around("both surrogates", 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
  around("beyond Unicode", 0xf4, 0x90, 0x80, 0x80),
  around("five bytes", 0xf8, 0x88, 0x80, 0x80, 0x80),
  around("six bytes", 0xfc, 0x84, 0x80, 0x80, 0x80, 0x80),
  around("0xfe", 0xfe),
  around("0xff", 0xff),
  around("a noncharacter", 0xef, 0xbf, 0xbe),
  around("a byte order mark within", 0xef, 0xbb, 0xbf),
  around("a raw line end", 0x0a),
  around("a raw zero", 0x00),
  around("a raw delete", 0x7f),
  place("890,000 continuation bytes", Buffer.alloc(FULL, 0x80)),
  place("890,000 leads of four", Buffer.alloc(FULL, 0xf0)),
]

const grammar: readonly Body[] = [
  ...["", " ", "null", "true", "1", '""', "[]", "{}", "{}{}", "[{}]", "{]", "}", "]", ",", ":"],
  ...['{"a"}', '{"a":}', '{"a":1,}', "{,}", '{"a" 1}', "{1:1}", "[1,]", "[,1]", "+1", ".5", "5."],
  ...["nul", "tru", "TRUE", "NaN", "-Infinity", "--1", "1-1", "1.2.3", "1e", "1e+", "-", "0x1"],
  ...["'a'", '"', '"\\', "/**/{}", "{}//", "\u00a0{}", "\u2028{}", "\v{}", "\0{}", "{}\0", "[[],]"],
].map((text) => receive(`the text ${JSON.stringify(text)}`, text))

const padded: readonly Body[] = [
  receive("880,000 spaces", quantity(`${" ".repeat(880_000)}0`)),
  receive("880,000 line ends behind", quantity("0") + "\n".repeat(880_000)),
  receive("880,000 quotes", '"'.repeat(880_000)),
  receive("880,000 backslashes in a text", `"${"\\".repeat(880_000)}`),
  receive("880,000 commas", ",".repeat(880_000)),
  receive("880,000 colons", `{${":".repeat(880_000)}}`),
  receive("880,000 minus signs", quantity("-".repeat(880_000))),
  receive("880,000 letters n", "n".repeat(880_000)),
  receive("290,000 empty texts", quantity(`[${listOf('""', 870_000)}]`)),
  receive("170,000 words", quantity(`[${listOf("null", 850_000)}]`)),
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "\\u005f_proto__"].flatMap((
    key,
  ) => [
    receive(`the name ${key}`, `{"quantity":1,"${key}":{"quantity":2}}`),
    place(`the name ${key} in each of 10,000 lines`, lines(listOf(`{"${key}":1}`, 160_000))),
  ]),
]

const TRUNCATED =
  '{"customer":"c\\u00e9\u00e9","address":"a","lines":[{"sku":"t-1","quantity":12,"price":4.5e2}]}'

/** One order, cut off after each byte. */
const truncated: readonly Body[] = Array.from(
  Buffer.from(TRUNCATED),
  (_, length) =>
    place(`an order cut off after ${length} bytes`, Buffer.from(TRUNCATED).subarray(0, length)),
)

/** All crafted bodies of JSON. */
export const jsonBodies: readonly Body[] = [
  ...deep,
  ...wide,
  ...numbers,
  ...texts,
  ...nearUtf8,
  ...grammar,
  ...padded,
  ...truncated,
].filter(({ bytes }) => bytes.length <= 900_000)
