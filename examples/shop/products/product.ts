/** A product: added, its price changed, and retired. The simplest kind of actor. */
import { Actor } from "leftfold/actors"
import { Products } from "./contract.ts"

const { ProductAdded, PriceChanged, ProductRetired } = Products.events
const { AlreadyAdded, NotForSale } = Products.rejections

/** The actor of a product; its state holds only what decisions need. */
export const Product = Actor.define(Products, {
  initial: { forSale: false, price: -1 },
  decide: {
    AddProduct: ({ price }, product) => price < 0 ? ProductAdded(product) : AlreadyAdded(),
    ChangePrice(product, { price }) {
      if (!product.forSale) return NotForSale()
      return product.price === price ? [] : PriceChanged({ price })
    },
    RetireProduct: ({ forSale }) => forSale ? ProductRetired() : [],
  },
  evolve: {
    ProductAdded: (_, { price }) => ({ forSale: true, price }),
    PriceChanged: (product, { price }) => ({ ...product, price }),
    ProductRetired: (product) => ({ ...product, forSale: false }),
  },
})
