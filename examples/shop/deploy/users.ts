/** The files of the shop's deployment, made as `leftfold init deploy` makes those of any. */
import { shop } from "../main.ts"
import { deployFiles } from "../../../app/deploy/deploy-files.ts"

/**
 * These files by their paths from the root, with their contents, for the named callers or the
 * default one. Rejects with `TypeError` for an illegal name.
 */
export const deployUsers = (
  callers?: readonly string[],
): Promise<Readonly<Record<string, string>>> =>
  deployFiles(shop, {
    folder: "examples/shop/deploy",
    image: "leftfold",
    command: ["node", "--import", "tsx", "examples/shop/main.ts"],
    maker: "npm run deploy:users",
    secrets: "npm run deploy:secrets",
    own: true,
    callers,
    settings: {
      SHOP_ISSUER: ["the issuer of the shop's tokens", "https://id.example.org"],
    },
  })
