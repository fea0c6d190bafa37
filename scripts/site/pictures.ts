/** Pictures of the documents, as the site needs them: it has a dark mode of its own. */
import { posix } from "node:path"

/** The folder of the pictures, from the root of the repository. */
export const PICTURES = "docs/pictures"

/** A page shows one of two pictures, as its reader has chosen. */
export const PICTURE_STYLE = ".vp-doc .picture{border:1px solid var(--vp-c-divider);" +
  "border-radius:8px;max-width:100%}.in-dark{display:none}" +
  ".dark .in-dark{display:block}.dark .in-light{display:none}"

const PAIR = /<picture><source media="[^"]*dark[^"]*" srcset="([^"]+)"><img ([^>]*)><\/picture>/g
const SOURCE = /(<img [^>]*?src=")([^":]+)(")|(!\[[^\]]*\]\()([^):]+)(\))/g

/** Changes a document's pictures to those of the site. */
export const picturesForSite = (file: string, text: string): string => {
  const pairs = text.replaceAll(PAIR, (_, dark: string, attributes: string) => {
    const light = `<img class="picture in-light" ${attributes}>`
    return light + light.replace("in-light", "in-dark").replace(/src="[^"]*"/, `src="${dark}"`)
  })
  return pairs.replaceAll(SOURCE, (whole, ...found: (string | undefined)[]) => {
    const [before, path, after] = found[0] === undefined ? found.slice(3) : found
    const to = posix.join(posix.dirname(file), path!)
    return to.startsWith(`${PICTURES}/`)
      ? `${before}/pictures/${posix.basename(to)}${after}`
      : whole
  })
}
