/** A word without the plural: routes is route. */
const singular = (word: string): string => word.replace(/s$/, "");

/** Removes the last words of a name that repeat the type, such as association of aws_route_table_association. */
function withoutWordsOf(type: string, name: string): string {
  const typeWords = new Set(type.split("_").map(singular));
  const nameWords = name.split("_");
  while (typeWords.has(singular(nameWords.at(-1) ?? ""))) nameWords.pop();
  return nameWords.join("_");
}

function shortAddress(address: string, steps: readonly string[]): string {
  const [type = "", name = ""] = address.split(".");
  const step = steps.find((id) => name.startsWith(`${id}_`));
  if (step === undefined) return address;
  const rest = withoutWordsOf(type, name.slice(step.length + 1))
    // 0.0.0.0/0
    .replace(/(?<=^|_)0_0_0_0_0(?=_|$)/, "anywhere");
  return `${type}.${rest === "" ? step : rest}`;
}

/**
 * Short addresses of resources, as a person would name them: without the step of the foundation and without words that repeat
 * the type. `aws_subnet.network_private_us_east_1a` becomes `aws_subnet.private_us_east_1a`.
 *
 * @param addresses the addresses of all resources
 * @param steps the construct IDs of the steps, with which names start
 * @returns the short address of each address. Addresses that would not be unique stay as they are
 */
export function shortAddresses(
  addresses: readonly string[],
  steps: readonly string[],
): ReadonlyMap<string, string> {
  const result = new Map(addresses.map((address) => [address, shortAddress(address, steps)]));
  const counts = new Map<string, number>();
  for (const short of result.values()) counts.set(short, (counts.get(short) ?? 0) + 1);
  for (const [address, short] of result) {
    const isTaken = short !== address && result.has(short);
    if (isTaken || (counts.get(short) ?? 0) > 1) result.set(address, address);
  }
  return result;
}
