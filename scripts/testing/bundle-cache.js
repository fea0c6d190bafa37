/** Loads the bundle of a folder, adds what packages export, and keeps what V8 made of the script. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { openBundle } from "./open-bundle.js"

const [, , folder] = process.argv
const file = join(folder, "bundle.json")
const contents = JSON.parse(readFileSync(file, "utf8"))
const { script, load } = openBundle(folder)

/** The doors of the rooms; what they import has no effect. */
const isDoor = (url) => /\/(?:mod|internal)\.ts$/.test(url)

for (const [url, [name]] of Object.entries(contents)) {
  const isPackage = url.includes("/node_modules/")
  if (!isPackage && !isDoor(url)) continue
  const names = Object.keys(load(name)).filter((each) => each !== "__esModule")
  if (isPackage) contents[url] = [name, names]
}
writeFileSync(file, JSON.stringify(contents))
writeFileSync(join(folder, "bundle.cache"), script.createCachedData())
