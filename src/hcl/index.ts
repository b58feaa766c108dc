export { type Declaration, declarationsIn } from "./declarations.ts";
export {
  type Edit,
  edited,
  type Item,
  itemsOf,
  type Token,
  tokensOf,
  tokensOfTemplate,
} from "./tokens.ts";
