/** Attacks by bodies labelled JSON: not JSON at all, or JSON that no honest client sends. */
import { Buffer } from "node:buffer"
import type { Attack, AttackClass } from "../attack-case.ts"
import { bodyAttack, HARMLESS, placeAt, REFUSED } from "./http-attack.ts"

const BAD = [400, 422]
const CLOSE_TO_LIMIT = 890_000

const quantity = (json: string) => `{"quantity":${json}}`
const nested = (open: string, close: string, depth: number) =>
  open.repeat(depth) + close.repeat(depth)
const bytes = (...values: number[]) => Uint8Array.from(values)
const around = (inner: Uint8Array) =>
  Buffer.concat([
    Buffer.from('{"customer":"'),
    inner,
    Buffer.from('","lines":[{"sku":"a","quantity":1,"price":1}]}'),
  ])
const order = (lines: string, customer = '"c"') => `{"customer":${customer},"lines":${lines}}`
const repeated = (what: string, length: number) =>
  Array.from({ length: Math.floor(length / (what.length + 1)) }, () => what).join(",")

const notJson: readonly [string, string | Uint8Array][] = [
  ["an empty body", ""],
  ["white space", "  \n\t "],
  ["an open brace", "{"],
  ["an object cut off", '{"quantity":1'],
  ["something behind the object", '{"quantity":1}}'],
  ["two objects", '{"quantity":1}{"quantity":2}'],
  ["single quotes", "{'quantity':1}"],
  ["a name without quotes", "{quantity:1}"],
  ["a comma too many", '{"quantity":1,}'],
  ["a comment", '{"quantity":/* one */1}'],
  ["NaN", quantity("NaN")],
  ["Infinity", quantity("-Infinity")],
  ["a hexadecimal number", quantity("0x10")],
  ["a leading zero", quantity("01")],
  ["a leading plus", quantity("+1")],
  ["undefined", quantity("undefined")],
  ["a control character in a text", '{"quantity":"\u0001"}'],
  ["a null byte first", '\0{"quantity":1}'],
  ["UTF-16 little endian", Buffer.from('{"quantity":1}', "utf16le")],
  ["UTF-16 with a mark", Buffer.concat([bytes(0xff, 0xfe), Buffer.from("{}", "utf16le")])],
  ["Latin 1", around(bytes(0xe9))],
  ["an overlong encoding", around(bytes(0xc0, 0xaf))],
  ["a surrogate in UTF-8", around(bytes(0xed, 0xa0, 0x80))],
  ["UTF-8 cut off", around(bytes(0xf0, 0x9f, 0x98))],
  ["beyond Unicode", around(bytes(0xf4, 0x90, 0x80, 0x80))],
  ["gzip", bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)],
  ["XML", '<?xml version="1.0"?><quantity>1</quantity>'],
  ["a form", "quantity=1"],
  ["an XML bomb", `<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>`],
  ["MessagePack labelled JSON", bytes(0x81, 0xa8, ...Buffer.from("quantity"), 1)],
  ["only a MessagePack map of 4 billion", bytes(0xdf, 0xff, 0xff, 0xff, 0xff)],
  ["only a MessagePack array of 4 billion", bytes(0xdd, 0xff, 0xff, 0xff, 0xff)],
]

const notFields: readonly [string, string][] = [
  ["null", "null"],
  ["a number", "1"],
  ["a text", '"quantity"'],
  ["true", "true"],
  ["an array", "[]"],
  ["an array of the fields", '[{"quantity":1}]'],
  ["an object in an array 300 deep", nested("[", "]", 300)],
]

const notTheContract: readonly [string, string][] = [
  ["no fields", "{}"],
  ["another field", '{"quantiti":1}'],
  ["another case", '{"Quantity":1}'],
  ["zero", quantity("0")],
  ["a negative number", quantity("-1")],
  ["a fraction", quantity("1.5")],
  ["a very small fraction", quantity("1.0000000000000001e-300")],
  ["1e308", quantity("1e308")],
  ["1e309, which is infinite", quantity("1e309")],
  ["2^53", quantity("9007199254740992")],
  ["a number of 800,000 digits", quantity("9".repeat(800_000))],
  ["a number with an exponent of 100,000 digits", quantity(`1e${"9".repeat(100_000)}`)],
  ["a number as text", quantity('"1"')],
  ["true for a number", quantity("true")],
  ["null for a number", quantity("null")],
  ["an array for a number", quantity("[1]")],
  ["an object for a number", quantity('{"valueOf":1}')],
  ["the name twice, the last wrong", '{"quantity":1,"quantity":-5}'],
]

const prototypes: readonly [string, string][] = [
  ["a prototype", '{"quantity":1,"__proto__":{"quantity":5}}'],
  ["only a prototype", '{"__proto__":{"quantity":1}}'],
  ["a prototype in escapes", '{"\\u005f_proto__":{"quantity":1}}'],
  ["a prototype within", '{"quantity":{"__proto__":{"valueOf":1}}}'],
  ["a prototype in an array of 10,000", `{"quantity":[${repeated('{"__proto__":1}', 160_000)}]}`],
]

const large: readonly [string, string][] = [
  ["100,000 arrays deep", `{"quantity":${nested("[", "]", 100_000)}}`],
  ["100,000 objects deep", `${nested('{"a":', "", 100_000)}1${"}".repeat(100_000)}`],
  ["400,000 arrays deep", nested("[", "]", 400_000)],
  ["257 deep", `{"quantity":${nested("[", "]", 257)}}`],
  ["290,000 lines without fields", order(`[${repeated("{}", CLOSE_TO_LIMIT)}]`)],
  ["440,000 lines that are numbers", order(`[${repeated("1", CLOSE_TO_LIMIT)}]`)],
  ["300,000 lines that are arrays", order(`[${repeated("[]", CLOSE_TO_LIMIT)}]`)],
  ["lines with wrong fields of all kinds", order(`[${repeated('{"sku":1}', CLOSE_TO_LIMIT)}]`)],
  [
    "lines with one wrong letter each",
    order(`[${repeated('{"sku":"!","quantity":0,"price":-1}', CLOSE_TO_LIMIT)}]`),
  ],
  ["an array of 400,000 numbers for a number", quantity(`[${repeated("1", CLOSE_TO_LIMIT)}]`)],
  [
    "100,000 unknown fields",
    `{${Array.from({ length: 80_000 }, (_, n) => `"k${n}":1`).join(",")}}`,
  ],
  ["one unknown field of 800,000 letters", `{"${"k".repeat(800_000)}":1}`],
  ["a text of 800,000 letters for a number", quantity(`"${"a".repeat(800_000)}"`)],
  ["a text of 140,000 escapes for a number", quantity(`"${"\\u0041".repeat(140_000)}"`)],
  ["a sku of 800,000 letters", order(`[{"sku":"${"a".repeat(800_000)}","quantity":1,"price":1}]`)],
  [
    "a sku that takes patterns long",
    order(`[{"sku":"${"a".repeat(100_000)}!","quantity":1,"price":1}]`),
  ],
  ["a text of 283,000 times U+FFFD for a number", quantity(`"${"\ufffd".repeat(283_000)}"`)],
  ["880,000 spaces", `{"quantity":${" ".repeat(880_000)}0}`],
  ["the name 50,000 times", `{${repeated('"quantity":0', 700_000)}}`],
]

const attack =
  (expected: readonly number[], path?: typeof placeAt) =>
  ([name, body]: readonly [string, string | Uint8Array]): Attack =>
    bodyAttack(name, body, expected, path)

const isOrder = ([, body]: readonly [string, string | Uint8Array]): boolean =>
  String(body.slice(0, 12)).startsWith('{"customer"')

const placed = (expected: readonly number[]) => (each: readonly [string, string | Uint8Array]) =>
  attack(expected, isOrder(each) ? placeAt : undefined)(each)

/** The class. */
export const jsonBodies: AttackClass = {
  name: "json-bodies",
  attacks: () => [
    ...notJson.map(placed(BAD)),
    ...notFields.map(attack(BAD)),
    ...notTheContract.map(attack(BAD)),
    ...prototypes.map(attack([...BAD, 413])),
    ...large.map(placed([...BAD, 413])),
    bodyAttack("900,001 bytes", `{"quantity":1${" ".repeat(900_001 - 14)}}`, [413]),
    bodyAttack("3 million bytes", `{"quantity":1${" ".repeat(3_000_000)}}`, [413]),
    bodyAttack("a byte order mark", '\ufeff{"quantity":1}', [200, 400]),
    bodyAttack("an unknown field", '{"quantity":1,"admin":true}', [200, 422]),
    bodyAttack("minus zero", quantity("-0"), REFUSED),
    bodyAttack("1.0", quantity("1.0"), HARMLESS),
    bodyAttack("1e2", quantity("1e2"), HARMLESS),
  ],
}
