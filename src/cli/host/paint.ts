import { styleText } from "node:util";
import { type Paint, withoutColor } from "../../shared/index.ts";

/** Colors a text if the host supports colors. */
export const paintFor = ({ hasColor }: { readonly hasColor: boolean }): Paint =>
  hasColor ? (color, text) => styleText(color, text, { validateStream: false }) : withoutColor;
