/** The context of products: all its parts. */
import type { ContextParts } from "leftfold/app"
import { Catalogue } from "./catalogue.ts"
import { Product } from "./product.ts"
import { productsForSale } from "./products-for-sale.ts"
import { rules } from "./rules.ts"

/** Products, and the catalogue. */
export const products = {
  actors: [Product],
  projections: [Catalogue],
  queries: [productsForSale],
  rules,
} satisfies ContextParts
