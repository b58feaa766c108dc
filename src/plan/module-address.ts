/** Removes the keys of count and for_each: `module.a["x"].module.b[0]` becomes `module.a.module.b`. */
export const withoutKeys = (address: string): string =>
  address.replace(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, "");

/** The parts of a module instance's address. */
export interface ModuleAddress {
  /** Address of the module instance that contains the call; "" for the root module. */
  readonly parent: string;
  /** Name of the module block. */
  readonly call: string;
  /** Key of count or for_each. */
  readonly key: string | number | undefined;
}

/** @example parseModuleAddress('module.a.module.b["x"]') // { parent: "module.a", call: "b", key: "x" } */
export function parseModuleAddress(address: string): ModuleAddress {
  const match = /^(?:(.*)\.)?module\.([^.[]+)(?:\[(?:"((?:[^"\\]|\\.)*)"|(\d+))\])?$/.exec(address);
  const [, parent = "", call = "", text, number] = match ?? [];
  return { parent, call, key: text ?? (number === undefined ? undefined : Number(number)) };
}

/** The address of a module that a module calls, without the keys of the call. */
export const childModule = (parent: string, call: string): string =>
  `${parent === "" ? "" : `${parent}.`}module.${call}`;
