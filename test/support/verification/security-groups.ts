import * as ec2 from "@aws-sdk/client-ec2";
import type { Settings } from "../../../src/config/options.ts";
import type { Clients } from "../clients.ts";
import { type Outputs, sorted, type Verify } from "./property.ts";

/**
 * Reads back the rules of the security groups.
 *
 * @returns the IDs of the groups by name
 */
export async function verifySecurityGroups(
  clients: Clients,
  verify: Verify,
  settings: Settings,
  outputs: Outputs,
  containerPort: number,
): Promise<ReadonlyMap<string, string>> {
  const { name, egress = "endpoints", loadBalancer } = settings;
  const { SecurityGroups = [] } = await clients.ec2.send(
    new ec2.DescribeSecurityGroupsCommand({
      Filters: [
        { Name: "vpc-id", Values: [String(outputs["vpc_id"])] },
        { Name: "group-name", Values: [`${name}-*`] },
      ],
    }),
  );
  const ids = new Map(SecurityGroups.map((group) => [group.GroupName ?? "", group.GroupId ?? ""]));
  const names = new Map([...ids].map(([groupName, id]) => [id, groupName.slice(name.length + 1)]));
  const rules = async (role: string): Promise<string[]> => {
    const { SecurityGroupRules = [] } = await clients.ec2.send(
      new ec2.DescribeSecurityGroupRulesCommand({
        Filters: [{ Name: "group-id", Values: [ids.get(`${name}-${role}`) ?? ""] }],
      }),
    );
    return sorted(
      SecurityGroupRules.map((rule) => {
        const group = rule.ReferencedGroupInfo?.GroupId;
        const peer =
          rule.CidrIpv4 ??
          rule.PrefixListId?.replace(/^pl-.*/, "prefix list") ??
          (group === undefined ? "?" : (names.get(group) ?? group));
        return `${rule.IsEgress === true ? "to" : "from"} ${peer} ${rule.IpProtocol} ${rule.FromPort}-${rule.ToPort}`;
      }),
    );
  };
  const tcp = (direction: string, peer: string, port: number): string =>
    `${direction} ${peer} tcp ${port}-${port}`;
  const hasEndpoints = egress === "endpoints";
  verify("security group of tasks", ids.get(`${name}-tasks`), outputs["task_security_group_id"]);
  const hasGatewayEndpoints =
    settings.network === undefined ||
    !("vpcId" in settings.network) ||
    (settings.network.routeTableIds ?? []).length > 0;
  const gatewayEndpoints = hasGatewayEndpoints
    ? ["s3", ...(settings.tasks?.uses ?? []).filter((use) => use === "dynamodb")]
    : [];
  verify(
    "rules of tasks",
    await rules("tasks"),
    sorted([
      ...(loadBalancer === false ? [] : [tcp("from", "load-balancer", containerPort)]),
      ...(hasEndpoints ? [tcp("to", "endpoints", 443)] : [tcp("to", "0.0.0.0/0", 443)]),
      ...gatewayEndpoints.map(() => tcp("to", "prefix list", 443)),
      ...(settings.tasks?.egressRules ?? []).map((rule) => tcp("to", rule.to, rule.port)),
    ]),
  );
  if (hasEndpoints)
    verify("rules of endpoints", await rules("endpoints"), [tcp("from", "tasks", 443)]);
  if (loadBalancer !== false) {
    const isTls = loadBalancer.certificateArn !== undefined;
    const ports = [loadBalancer.port ?? (isTls ? 443 : 80), ...(isTls ? [80] : [])];
    verify(
      "rules of the load balancer",
      await rules("load-balancer"),
      sorted([
        ...ports.flatMap((port) =>
          loadBalancer.allowFrom.map((source) => tcp("from", source, port)),
        ),
        tcp("to", "tasks", containerPort),
      ]),
    );
  }
  return ids;
}
