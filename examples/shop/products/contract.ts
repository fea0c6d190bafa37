/** The language of products. A product's id is its SKU. */
import { Schema } from "effect"
import { Contract, Query } from "leftfold/contracts"
import { numbers } from "../schemas/proto/products.product.ts"

const Cents = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** Texts from strangers are limited. */
const Name = Schema.NonEmptyString.check(Schema.isMaxLength(200))
const Price = Cents.check(Schema.isLessThanOrEqualTo(100_000_000))

/** The contract of a product. */
export const Products = Contract.define("products.product", {
  commands: {
    AddProduct: { name: Name, price: Price },
    ChangePrice: { price: Price },
    RetireProduct: {},
  },
  events: {
    ProductAdded: { name: Schema.NonEmptyString, price: Cents },
    PriceChanged: { price: Cents },
    ProductRetired: {},
  },
  rejections: { AlreadyAdded: {}, NotForSale: {} },
  protobuf: numbers,
})

/** A row of the catalogue. */
export const CatalogueRow = {
  sku: Schema.String,
  name: Schema.String,
  price: Schema.Int,
  forSale: Schema.Boolean,
  /** How many are available. */
  available: Schema.Int,
}

/** The products that are for sale, ordered by name. */
export const ProductsForSale = Query.define("products.products-for-sale", {
  params: {},
  result: Schema.Array(Schema.Struct(CatalogueRow)),
})
