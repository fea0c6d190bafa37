/** The text of a key where it is shown to people: as it is, or its beginning and a hash. */
import { shortHash } from "./hash.ts"
import { KEY_SHOWN } from "./limits.ts"

/** The key, if it is short; otherwise its beginning, its length and a hash that tells it apart. */
export const shownKey = (key: string): string =>
  key.length <= KEY_SHOWN
    ? key
    : `${key.slice(0, KEY_SHOWN)}… (${key.length} characters, #${shortHash(key)})`
