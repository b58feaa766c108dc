/** Members that the sandbox does not read because they have no effect on AWS either, with the reason. */
export const ACCEPTED: Readonly<Record<string, string>> = {
  "ec2:ReplaceNetworkAclEntry IcmpTypeCode.Code": "only read for the protocol ICMP",
  "ec2:ReplaceNetworkAclEntry IcmpTypeCode.Type": "only read for the protocol ICMP",
  "servicediscovery:CreateService DnsConfig.NamespaceId":
    "the member NamespaceId of the request takes precedence",
};
