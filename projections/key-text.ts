/** The text of a key where it is shown to people: as it is, or its beginning and a hash. */
import { shortHash } from "./hash.ts"
import { KEY_SHOWN } from "./limits.ts"

/** What stands for a long key where people see it; they can type it instead of the key. */
export const keyHash = (key: string): string => `#${shortHash(key)}`

// deno-lint-ignore no-control-regex
const UNSHOWN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g

/** The key if it is short; otherwise its beginning, its length and a hash that identifies it. */
export const shownKey = (key: string): string => {
  const shown = key.slice(0, KEY_SHOWN).replace(UNSHOWN, "\ufffd")
  return shown === key ? key : `${shown}… (${key.length} characters, ${keyHash(key)})`
}
