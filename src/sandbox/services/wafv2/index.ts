import type * as wafv2 from "@aws-sdk/client-wafv2";
import { partsOfArn, text } from "../../authorization/request-members.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { tagError, tagList, type TagRules } from "../../core/tags.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { partsOfTypes, tagOperations } from "../../resource-store/service-parts.ts";
import { loadBalancers } from "../elasticloadbalancing/tables.ts";
import {
  associations,
  describeWebAcl,
  findWebAcl,
  nonexistent,
  resourceOperations,
  types,
} from "./resources.ts";

/** Source: AWS WAFV2 API Reference, Tag. No public source of the texts is known. */
const tagRules: TagRules = {
  reserved: tagError("WAFTagOperationException", "Tag keys can't begin with aws:."),
  duplicate: tagError("WAFTagOperationException", (key) => `Duplicate tag key: ${key}`),
  count: tagError("WAFLimitsExceededException", "A resource can have at most 50 tags."),
};

/** Logging configurations by the ARN of the web ACL. Nothing is logged in the sandbox. */
const loggingConfigurations: TableKey<wafv2.LoggingConfiguration> = table("wafv2/logging");

/** Checks a resource that a web ACL can protect. Of these, the sandbox has application load balancers. */
function requireProtectable(context: Context, arn: string): void {
  if (partsOfArn(arn).service !== "elasticloadbalancing")
    throw notImplemented(`a web ACL for ${partsOfArn(arn).service}`);
  if (!context.in(loadBalancers).find((balancer) => balancer.arn === arn)) throw nonexistent();
}

/** The web ACL of a resource. A load balancer that was deleted has none. */
function webAclOf(context: Context, arn: string): string | undefined {
  requireProtectable(context, arn);
  return context.in(associations).get(arn)?.webAclArn;
}

const operations: Operations = {
  AssociateWebACL: operation<wafv2.AssociateWebACLRequest, object>()(
    ["WebACLArn", "ResourceArn"],
    (context, input) => {
      if (!findWebAcl(context, input.WebACLArn)) throw nonexistent();
      requireProtectable(context, input.ResourceArn);
      context.in(associations).put(input.ResourceArn, { webAclArn: input.WebACLArn });
      return {};
    },
  ),

  DisassociateWebACL: operation<wafv2.DisassociateWebACLRequest, object>()(
    ["ResourceArn"],
    (context, input) => {
      requireProtectable(context, input.ResourceArn);
      context.in(associations).delete(input.ResourceArn);
      return {};
    },
  ),

  GetWebACLForResource: operation<
    wafv2.GetWebACLForResourceRequest,
    { readonly WebACL?: object }
  >()(["ResourceArn"], (context, input) => {
    const webAcl = findWebAcl(context, webAclOf(context, input.ResourceArn) ?? "");
    return webAcl ? { WebACL: describeWebAcl(context, webAcl) } : {};
  }),

  ListResourcesForWebACL: operation<
    wafv2.ListResourcesForWebACLRequest,
    wafv2.ListResourcesForWebACLResponse
  >()(["WebACLArn", "ResourceType"], (context, input) => {
    if (!findWebAcl(context, input.WebACLArn)) throw nonexistent();
    const isOfType =
      (input.ResourceType ?? "APPLICATION_LOAD_BALANCER") === "APPLICATION_LOAD_BALANCER";
    return {
      ResourceArns: context
        .in(loadBalancers)
        .all()
        .map(({ arn }) => arn)
        .filter((arn) => isOfType && webAclOf(context, arn) === input.WebACLArn),
    };
  }),

  PutLoggingConfiguration: operation<
    wafv2.PutLoggingConfigurationRequest,
    wafv2.PutLoggingConfigurationResponse
  >()(["LoggingConfiguration"], (context, { LoggingConfiguration: configuration }) => {
    const { ResourceArn = "", LogDestinationConfigs = [] } = configuration;
    if (!findWebAcl(context, ResourceArn)) throw nonexistent();
    // The names of destinations begin with aws-waf-logs-. Source: AWS WAF Developer Guide, "AWS WAF logging destinations".
    if (LogDestinationConfigs.some((arn) => !/aws-waf-logs-/.test(arn)))
      throw new AwsError(
        "WAFInvalidParameterException",
        `Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes., field: LOG_DESTINATION, parameter: ${LogDestinationConfigs.join(", ")}`,
      );
    return {
      LoggingConfiguration: context.in(loggingConfigurations).put(ResourceArn, configuration),
    };
  }),

  GetLoggingConfiguration: operation<
    wafv2.GetLoggingConfigurationRequest,
    wafv2.GetLoggingConfigurationResponse
  >()(["ResourceArn"], (context, input) => {
    const configuration = context.in(loggingConfigurations).get(input.ResourceArn);
    if (!configuration) throw nonexistent();
    return { LoggingConfiguration: configuration };
  }),

  DeleteLoggingConfiguration: operation<wafv2.DeleteLoggingConfigurationRequest, object>()(
    ["ResourceArn"],
    (context, input) => {
      if (!context.in(loggingConfigurations).has(input.ResourceArn)) throw nonexistent();
      context.in(loggingConfigurations).delete(input.ResourceArn);
      return {};
    },
  ),
};

export const service: Service = {
  name: "wafv2",
  tagRules,
  operations: {
    ...resourceOperations,
    ...operations,
    ...tagOperations(types, {
      rules: tagRules,
      notFound: nonexistent,
      arn: "ResourceARN",
      add: "TagResource",
      remove: "UntagResource",
      list: "ListTagsForResource",
      result: (arn, tags) => ({
        TagInfoForResource: { ResourceARN: arn, TagList: tagList(tags) },
      }),
    }),
  },
  // Source: Service Authorization Reference, "AWS WAF V2".
  ...partsOfTypes(types, {
    resources: (context, operationName, input) => {
      const webAcl = text(input["WebACLArn"]);
      return [
        ...(webAcl === undefined ? [] : [webAcl]),
        ...types.flatMap((type) => type.arnsFor(context, operationName, input) ?? []),
      ];
    },
    tagAction: () => "wafv2:TagResource",
  }),
};
