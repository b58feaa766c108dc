import type * as ecs from "@aws-sdk/client-ecs";

/**
 * The capacity provider of the next task: first the provider whose base is not reached, then by the weights. Undefined if the
 * strategy has no provider with a weight.
 *
 * Source: Amazon ECS Developer Guide, "Amazon ECS capacity providers for Fargate": base, then weights.
 *
 * @param count the number of running tasks of a provider
 */
export function nextProvider(
  strategy: readonly ecs.CapacityProviderStrategyItem[],
  count: (provider: string | undefined) => number,
): string | undefined {
  const belowBase = strategy.find(
    ({ capacityProvider, base = 0 }) => count(capacityProvider) < base,
  );
  if (belowBase) return belowBase.capacityProvider;
  const weighted = strategy.filter(({ weight = 0 }) => weight > 0);
  const share = ({
    capacityProvider,
    base = 0,
    weight = 1,
  }: ecs.CapacityProviderStrategyItem): number => (count(capacityProvider) - base) / weight;
  return [...weighted].sort((a, b) => share(a) - share(b))[0]?.capacityProvider;
}
