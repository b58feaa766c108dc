export { allocator } from "./allocate.ts";
export {
  type Cidr,
  cidr,
  contains,
  formatAddress,
  formatCidr,
  isCidr,
  isPrivate,
  overlaps,
  parseAddress,
  parseCidr,
  size,
} from "./cidr.ts";
export {
  type Intervals,
  intersect,
  intervals,
  isEmpty,
  none,
  single,
  subtract,
  union,
} from "./intervals.ts";
