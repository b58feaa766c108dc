import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  AssociateWebACLCommand,
  CreateIPSetCommand,
  CreateWebACLCommand,
  type CreateWebACLCommandInput,
  DeleteIPSetCommand,
  DeleteWebACLCommand,
  DisassociateWebACLCommand,
  GetIPSetCommand,
  GetLoggingConfigurationCommand,
  GetSampledRequestsCommand,
  GetWebACLCommand,
  GetWebACLForResourceCommand,
  ListTagsForResourceCommand,
  ListWebACLsCommand,
  PutLoggingConfigurationCommand,
  TagResourceCommand,
  UpdateWebACLCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const client = (): WAFV2Client => new WAFV2Client(fixture.clientOptions);
const regional = { Scope: "REGIONAL" } as const;
const visibility = (MetricName: string) => ({
  CloudWatchMetricsEnabled: true,
  SampledRequestsEnabled: true,
  MetricName,
});
const settings = { DefaultAction: { Allow: {} }, VisibilityConfig: visibility("site") };

const createIpSet = () =>
  client().send(
    new CreateIPSetCommand({
      ...regional,
      Name: "office",
      IPAddressVersion: "IPV4",
      Addresses: ["192.0.2.0/24"],
    }),
  );
const ruleFor = (ARN: string | undefined) => ({
  Name: "office",
  Priority: 1,
  Action: { Block: {} },
  Statement: { IPSetReferenceStatement: { ARN } },
  VisibilityConfig: visibility("office"),
});
const createAcl = async (changes: Partial<CreateWebACLCommandInput> = {}) => {
  const { Summary } = await client().send(
    new CreateWebACLCommand({ ...regional, Name: "site", ...settings, ...changes }),
  );
  return { id: { ...regional, Name: "site", Id: Summary?.Id }, arn: Summary?.ARN ?? "" };
};
const loadBalancer = async (): Promise<string> => {
  const { LoadBalancers } = await fixture.aws.elb.send(
    new CreateLoadBalancerCommand({ Name: "lb", Subnets: fixture.network.publicSubnetIds }),
  );
  return LoadBalancers?.[0]?.LoadBalancerArn ?? "";
};

describe("WAF", () => {
  it("creates, changes and deletes a web ACL with its lock token", async () => {
    const { Summary: ipSet } = await createIpSet();
    const { id, arn } = await createAcl({ Rules: [ruleFor(ipSet?.ARN)], Description: "first" });
    expect(arn).toMatch(
      /^arn:aws:wafv2:us-east-1:111122223333:regional\/webacl\/site\/[0-9a-f-]{36}$/,
    );
    const get = () => client().send(new GetWebACLCommand(id));
    const { WebACL, LockToken } = await get();
    expect(WebACL).toMatchObject({
      ...settings,
      Id: id.Id,
      ARN: arn,
      Description: "first",
      Rules: [ruleFor(ipSet?.ARN)],
    });
    const update = () => client().send(new UpdateWebACLCommand({ ...id, ...settings, LockToken }));
    const { NextLockToken } = await update();
    expect(await fixture.errorOf(update)).toContain("WAFOptimisticLockException");
    expect((await get()).WebACL?.Rules ?? []).toEqual([]);
    expect((await client().send(new ListWebACLsCommand(regional))).WebACLs).toMatchObject([
      { Name: "site", ARN: arn, LockToken: NextLockToken },
    ]);
    await client().send(new DeleteWebACLCommand({ ...id, LockToken: NextLockToken }));
    expect(await fixture.errorOf(get)).toContain("WAFNonexistentItemException");
  });

  it("does not delete what is in use", async () => {
    const { Summary: ipSet } = await createIpSet();
    const { id, arn } = await createAcl({ Rules: [ruleFor(ipSet?.ARN)] });
    const ResourceArn = await loadBalancer();
    await client().send(new AssociateWebACLCommand({ WebACLArn: arn, ResourceArn }));
    expect(
      (await client().send(new GetWebACLForResourceCommand({ ResourceArn }))).WebACL?.ARN,
    ).toBe(arn);
    const { LockToken } = await client().send(new GetWebACLCommand(id));
    const removeAcl = () => client().send(new DeleteWebACLCommand({ ...id, LockToken }));
    const ofIpSet = { ...regional, Name: "office", Id: ipSet?.Id };
    const removeIpSet = () =>
      client().send(new DeleteIPSetCommand({ ...ofIpSet, LockToken: ipSet?.LockToken }));
    expect(await fixture.errorOf(removeAcl)).toContain("WAFAssociatedItemException");
    expect(await fixture.errorOf(removeIpSet)).toContain("WAFAssociatedItemException");
    await client().send(new DisassociateWebACLCommand({ ResourceArn }));
    await removeAcl();
    expect((await client().send(new GetIPSetCommand(ofIpSet))).IPSet?.Addresses).toEqual([
      "192.0.2.0/24",
    ]);
    await removeIpSet();
    await fixture.aws.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: ResourceArn }));
  });

  it("keeps tags and the logging configuration", async () => {
    const { arn } = await createAcl({ Tags: [{ Key: "team", Value: "a" }] });
    await client().send(
      new TagResourceCommand({ ResourceARN: arn, Tags: [{ Key: "stage", Value: "b" }] }),
    );
    expect(
      (await client().send(new ListTagsForResourceCommand({ ResourceARN: arn })))
        .TagInfoForResource,
    ).toEqual({
      ResourceARN: arn,
      TagList: [
        { Key: "team", Value: "a" },
        { Key: "stage", Value: "b" },
      ],
    });
    const put = (name: string) =>
      client().send(
        new PutLoggingConfigurationCommand({
          LoggingConfiguration: {
            ResourceArn: arn,
            LogDestinationConfigs: [`arn:aws:logs:us-east-1:111122223333:log-group:${name}`],
          },
        }),
      );
    expect(await fixture.errorOf(() => put("site"))).toContain("WAFInvalidParameterException");
    await put("aws-waf-logs-site");
    expect(
      (await client().send(new GetLoggingConfigurationCommand({ ResourceArn: arn })))
        .LoggingConfiguration?.LogDestinationConfigs,
    ).toEqual(["arn:aws:logs:us-east-1:111122223333:log-group:aws-waf-logs-site"]);
  });

  const managed = { ManagedRuleGroupStatement: { VendorName: "AWS", Name: "CommonRuleSet" } };
  const geo = { GeoMatchStatement: { CountryCodes: ["DE" as const] } };
  const rule = { Name: "r", Priority: 0, VisibilityConfig: visibility("r") };

  it.each<[string, Partial<CreateWebACLCommandInput>, string]>([
    [
      "a rule group with an action",
      { Rules: [{ ...rule, Statement: managed, Action: { Block: {} } }] },
      "RULE, parameter: Rule",
    ],
    [
      "a statement with an override",
      { Rules: [{ ...rule, Statement: geo, OverrideAction: { None: {} } }] },
      "RULE, parameter: Rule",
    ],
    [
      "a rule with an action and an override",
      { Rules: [{ ...rule, Statement: geo, Action: { Block: {} }, OverrideAction: { None: {} } }] },
      "RULE, parameter: Rule",
    ],
    [
      "two actions",
      { Rules: [{ ...rule, Statement: geo, Action: { Block: {}, Allow: {} } }] },
      "RULE_ACTION, parameter: RuleAction",
    ],
    [
      "two statements",
      { Rules: [{ ...rule, Statement: { ...geo, ...managed }, OverrideAction: { None: {} } }] },
      "STATEMENT, parameter: Statement",
    ],
    [
      "an empty statement in another one",
      {
        Rules: [{ ...rule, Statement: { NotStatement: { Statement: {} } }, Action: { Block: {} } }],
      },
      "STATEMENT, parameter: Statement",
    ],
    ["no default action", { DefaultAction: {} }, "DEFAULT_ACTION, parameter: DefaultAction"],
    [
      "two fields to match",
      {
        Rules: [
          {
            ...rule,
            Action: { Block: {} },
            Statement: {
              XssMatchStatement: {
                FieldToMatch: { UriPath: {}, Method: {} },
                TextTransformations: [{ Priority: 0, Type: "NONE" }],
              },
            },
          },
        ],
      },
      "FIELD_TO_MATCH, parameter: FieldToMatch",
    ],
  ])("rejects a web ACL with %s", async (_, changes, field) => {
    expect(await fixture.errorOf(() => createAcl(changes))).toBe(
      `WAFInvalidParameterException: Error reason: You have used none or multiple values for a field that requires exactly one value., field: ${field}`,
    );
  });

  it.each([
    [{ EvaluationWindowSec: 90 }, "EVALUATION_WINDOW_SEC, parameter: 90"],
    [{ AggregateKeyType: "FORWARDED_IP" as const }, "parameter: FORWARDED_IP"],
    [{ AggregateKeyType: "CUSTOM_KEYS" as const, CustomKeys: [] }, "parameter: CUSTOM_KEYS"],
    [{ AggregateKeyType: "CONSTANT" as const }, "parameter: CONSTANT"],
  ])("rejects a rate limit with %j", async (changes, message) => {
    const RateBasedStatement = { Limit: 100, AggregateKeyType: "IP" as const, ...changes };
    const Rules = [{ ...rule, Action: { Block: {} }, Statement: { RateBasedStatement } }];
    expect(await fixture.errorOf(() => createAcl({ Rules }))).toContain(message);
  });

  it("rejects a response body that the web ACL does not have", async () => {
    const response = { ResponseCode: 403, CustomResponseBodyKey: "none" };
    expect(
      await fixture.errorOf(() =>
        createAcl({ DefaultAction: { Block: { CustomResponse: response } } }),
      ),
    ).toContain("field: CUSTOM_RESPONSE_BODY_KEY, parameter: none");
  });

  it.each([
    ["IPV4" as const, "192.0.2.1"],
    ["IPV4" as const, "0.0.0.0/0"],
    ["IPV4" as const, "192.0.2.1/24"],
    ["IPV4" as const, "2001:db8::/32"],
    ["IPV6" as const, "2001:db8::"],
    ["IPV6" as const, "2001:db8::/129"],
  ])("rejects an IP set for %s with %s", async (IPAddressVersion, address) => {
    expect(
      await fixture.errorOf(() =>
        client().send(
          new CreateIPSetCommand({
            ...regional,
            Name: "office",
            IPAddressVersion,
            Addresses: [address],
          }),
        ),
      ),
    ).toBe(
      `WAFInvalidParameterException: Error reason: The parameter contains formatting that is not valid., field: IP_ADDRESS, parameter: ${address}`,
    );
  });

  it("rejects duplicates, unknown references and what it does not implement", async () => {
    const { arn } = await createAcl();
    expect(await fixture.errorOf(createAcl)).toContain("WAFDuplicateItemException");
    const missing = "arn:aws:wafv2:us-east-1:111122223333:regional/ipset/none/1";
    expect(
      await fixture.errorOf(() => createAcl({ Name: "other", Rules: [ruleFor(missing)] })),
    ).toContain("WAFNonexistentItemException");
    const rules = [ruleFor(undefined), ruleFor(undefined)].map((rule) => ({
      ...rule,
      Statement: { GeoMatchStatement: { CountryCodes: ["DE" as const] } },
    }));
    expect(await fixture.errorOf(() => createAcl({ Name: "other", Rules: rules }))).toContain(
      "Priority must be unique",
    );
    expect(
      await fixture.errorOf(() =>
        client().send(
          new GetSampledRequestsCommand({
            WebAclArn: arn,
            RuleMetricName: "site",
            Scope: "REGIONAL",
            TimeWindow: { StartTime: new Date(0), EndTime: new Date(1) },
            MaxItems: 1,
          }),
        ),
      ),
    ).toContain("NotImplemented");
  });
});
