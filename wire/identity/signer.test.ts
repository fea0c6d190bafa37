/** Tests of signers: they sign as HMAC does, whatever the lengths of key, text and bytes. */
import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { test } from "../../testing/test.ts"
import { Signer } from "./signer.ts"

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => index * 31 % 256)

test("a signature is the HMAC of the text and the bytes, on both sides of every border", () => {
  const keys = [32, 63, 64, 65, 500].map((length) => "kä".repeat(length).slice(0, length))
  const texts = ["", "a\nb\n", "ä🍵\ud800", "x".repeat(2_730), "€".repeat(2_731), "x".repeat(9_000)]
  const lengths = [0, 1, 55, 56, 63, 64, 65, 8_191, 8_192, 8_193, 100_000]
  for (const key of keys) {
    const signer = new Signer(key)
    for (const text of texts) {
      for (const length of lengths) {
        const bytes = bytesOf(length)
        const wanted = createHmac("sha256", key).update(text).update(bytes).digest("base64url")
        assert.equal(signer.sign(text, bytes), wanted, `${key.length} ${text.length} ${length}`)
      }
    }
  }
})

test("a longer message before leaves nothing in a shorter one", () => {
  const signer = new Signer("k".repeat(32))
  const short = signer.sign("a", bytesOf(3))
  signer.sign("b".repeat(2_000), bytesOf(2_000))
  assert.equal(signer.sign("a", bytesOf(3)), short)
  assert.notEqual(signer.sign("a", bytesOf(4)), short)
})
