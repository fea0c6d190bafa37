/** The rules of products. */
import { anybody, Rules } from "leftfold/app"
import { readByStaff, staff } from "../users/contract.ts"
import { Catalogue } from "./catalogue.ts"
import { Products, ProductsForSale } from "./contract.ts"

/** Everybody sees what is for sale; staff decide what is. */
export const rules = [
  Rules.actor(Products, {
    AddProduct: staff,
    ChangePrice: staff,
    RetireProduct: staff,
  }, readByStaff),
  Rules.view(Catalogue, anybody),
  Rules.query(ProductsForSale, anybody),
]
