/** A keyed hash: 64 bits that stand for a command id. Nobody can predict them without the key. */

/** A key of 64 bits, as two words of 32. */
export type HashKey = readonly [number, number]

/** A key that nobody else has. */
export const newHashKey = (): HashKey => {
  const [first = 0, second = 0] = crypto.getRandomValues(new Uint32Array(2))
  return [first, second]
}

/**
 * Writes the hash of a text under a key into two words. It is HalfSipHash-1-3 (Aumasson,
 * Bernstein) as Linux uses it for hash tables, with one character for each byte, so the texts must
 * be ASCII. Callers who choose ids cannot find two with one hash, or many that collide in an index.
 */
export const keyedHash = (text: string, [first, second]: HashKey, into: Uint32Array): void => {
  let [v0, v1] = [first | 0, second ^ 0xee]
  let [v2, v3] = [0x6c796765 ^ first, 0x74656462 ^ second]
  const whole = text.length & ~3
  // The rounds are written out, because a function for each would have to pass four words.
  for (let at = 0; at < whole; at += 4) {
    const word = text.charCodeAt(at) | text.charCodeAt(at + 1) << 8 |
      text.charCodeAt(at + 2) << 16 | text.charCodeAt(at + 3) << 24
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = (v1 << 5 | v1 >>> 27) ^ v0
    v0 = v0 << 16 | v0 >>> 16
    v2 = (v2 + v3) | 0
    v3 = (v3 << 8 | v3 >>> 24) ^ v2
    v0 = (v0 + v3) | 0
    v3 = (v3 << 7 | v3 >>> 25) ^ v0
    v2 = (v2 + v1) | 0
    v1 = (v1 << 13 | v1 >>> 19) ^ v2
    v2 = v2 << 16 | v2 >>> 16
    v0 ^= word
  }
  let last = text.length << 24
  for (let at = whole; at < text.length; at++) last |= text.charCodeAt(at) << ((at & 3) * 8)
  v3 ^= last
  for (let round = 0; round < 7; round++) {
    v0 = (v0 + v1) | 0
    v1 = (v1 << 5 | v1 >>> 27) ^ v0
    v0 = v0 << 16 | v0 >>> 16
    v2 = (v2 + v3) | 0
    v3 = (v3 << 8 | v3 >>> 24) ^ v2
    v0 = (v0 + v3) | 0
    v3 = (v3 << 7 | v3 >>> 25) ^ v0
    v2 = (v2 + v1) | 0
    v1 = (v1 << 13 | v1 >>> 19) ^ v2
    v2 = v2 << 16 | v2 >>> 16
    if (round === 0) {
      v0 ^= last
      v2 ^= 0xee
    } else if (round === 3) {
      into[0] = v1 ^ v3
      v1 ^= 0xdd
    }
  }
  into[1] = v1 ^ v3
}
