/** The context of products: all its parts. */
import type { ContextParts } from "leftfold/app"
import { Catalogue } from "./catalogue.ts"
import { Product } from "./product.ts"
import { productsForSale } from "./products-for-sale.ts"

/** Products, and the catalogue. */
export const products: ContextParts = {
  actors: [Product],
  projections: [Catalogue],
  queries: [productsForSale],
}
