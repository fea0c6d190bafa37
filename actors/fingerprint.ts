/** A fingerprint: 128 bits that stand for a command id, so that every id takes the same space. */

const finish = (hash: number): number => {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/**
 * Writes the fingerprint of a text into four words. Each word is a multiplicative hash with its
 * own start and factor, finished as in MurmurHash3 (Austin Appleby); the words then stir each
 * other. Two of 65,536 ids share one with a probability of about 10⁻²⁹.
 */
export const fingerprint = (text: string, into: Uint32Array): void => {
  let one = 0x9e3779b9
  let two = 0x243f6a88
  let three = 0xb7e15162
  let four = 0x6a09e667
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    one = Math.imul(one ^ code, 0x01000193)
    two = Math.imul(two ^ code, 0x85ebca77) ^ (one >>> 15)
    three = Math.imul(three ^ code, 0xc2b2ae3d) ^ (two >>> 13)
    four = Math.imul(four ^ code, 0x27d4eb2f) ^ (three >>> 16)
  }
  one = finish(one ^ text.length)
  two = finish(two ^ one)
  three = finish(three ^ two)
  four = finish(four ^ three)
  into[0] = one ^ four
  into[1] = two ^ one
  into[2] = three ^ two
  into[3] = four
}
