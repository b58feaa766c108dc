import { isDeepStrictEqual } from "node:util";
import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { addTags, tagMap } from "../../core/tags.ts";
import {
  markCertificatesUsed,
  requireIssuedCertificate,
  unmarkCertificatesUsed,
} from "./certificates.ts";
import { storedActions } from "./actions.ts";
import { deleteRules, isRule, noRule } from "./rules.ts";
import {
  attributeList,
  changedAttributes,
  elbTags,
  type Listener,
  listeners,
  requireListener,
  requireLoadBalancer,
  requireTargetGroup,
} from "./tables.ts";
import { elbTagRules } from "./tag-rules.ts";

/** Source: Elastic Load Balancing API Reference, ListenerAttribute. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "routing.http.response.access_control_allow_credentials.header_value": "",
  "routing.http.response.access_control_allow_headers.header_value": "",
  "routing.http.response.access_control_allow_methods.header_value": "",
  "routing.http.response.access_control_allow_origin.header_value": "",
  "routing.http.response.access_control_expose_headers.header_value": "",
  "routing.http.response.access_control_max_age.header_value": "",
  "routing.http.response.content_security_policy.header_value": "",
  "routing.http.response.server.enabled": "true",
  "routing.http.response.strict_transport_security.header_value": "",
  "routing.http.response.x_content_type_options.header_value": "",
  "routing.http.response.x_frame_options.header_value": "",
};
const TLS_DEFAULTS: Readonly<Record<string, string>> = {
  "routing.http.request.x_amzn_mtls_clientcert.header_name": "X-Amzn-Mtls-Clientcert",
  "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name": "X-Amzn-Mtls-Clientcert-Issuer",
  "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name": "X-Amzn-Mtls-Clientcert-Leaf",
  "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name":
    "X-Amzn-Mtls-Clientcert-Serial-Number",
  "routing.http.request.x_amzn_mtls_clientcert_subject.header_name":
    "X-Amzn-Mtls-Clientcert-Subject",
  "routing.http.request.x_amzn_mtls_clientcert_validity.header_name":
    "X-Amzn-Mtls-Clientcert-Validity",
  "routing.http.request.x_amzn_tls_cipher_suite.header_name": "X-Amzn-Tls-Cipher-Suite",
  "routing.http.request.x_amzn_tls_version.header_name": "X-Amzn-Tls-Version",
};

/** Source: Elastic Load Balancing, "Security policies for your Application Load Balancer". */
const POLICY =
  /^ELBSecurityPolicy-(2016-08|TLS-1-[012](-Ext)?-20(17-01|18-06)|FS(-1-[012](-Res)?)?-20(18-06|19-08|20-10)|TLS13-1-[0123](-(Res|Ext[012]?))?(-FIPS)?(-PQ)?-20\d\d-\d\d)$/;

const describe = (row: Listener): elb.Listener => ({
  ListenerArn: row.arn,
  LoadBalancerArn: row.loadBalancerArn,
  Port: row.port,
  Protocol: row.protocol as elb.ProtocolEnum, // checked by the protocol
  DefaultActions: row.actions.map((action) => ({ ...action })),
  ...(row.sslPolicy === undefined ? {} : { SslPolicy: row.sslPolicy }),
  ...(row.certificateArn === undefined
    ? {}
    : { Certificates: [{ CertificateArn: row.certificateArn }] }),
  ...(row.protocol === "HTTPS" ? { MutualAuthentication: { Mode: "off" } } : {}),
});

interface Security {
  readonly protocol: string;
  readonly sslPolicy?: string;
  readonly certificateArn?: string;
}

function securityOf(
  context: Context,
  protocol: string | undefined,
  sslPolicy: string | undefined,
  given: readonly elb.Certificate[] | undefined,
): Security {
  if (protocol === undefined || protocol === "")
    throw new AwsError("ValidationError", "A listener protocol must be specified");
  // Source of the text: GitHub, hashicorp/terraform-provider-aws#6173.
  if (protocol !== "HTTP" && protocol !== "HTTPS")
    throw new AwsError(
      "ValidationError",
      `Listener protocol '${protocol}' must be one of 'HTTPS, HTTP'`,
    );
  if (protocol === "HTTP") {
    if (given !== undefined && given.length > 0) {
      throw new AwsError("ValidationError", "A certificate cannot be specified for HTTP listeners");
    }
    return { protocol };
  }
  const certificateArn = given?.[0]?.CertificateArn;
  if (certificateArn === undefined || certificateArn === "") {
    throw new AwsError("ValidationError", "A certificate must be specified for HTTPS listeners");
  }
  requireIssuedCertificate(context, certificateArn);
  const policy = sslPolicy ?? "ELBSecurityPolicy-2016-08";
  if (!POLICY.test(policy))
    throw new AwsError("SSLPolicyNotFound", `SSL policy '${policy}' not found`);
  return { protocol, sslPolicy: policy, certificateArn };
}

const listenerAt = (
  context: Context,
  loadBalancerArn: string,
  port: number,
): Listener | undefined =>
  context
    .in(listeners)
    .find((listener) => listener.loadBalancerArn === loadBalancerArn && listener.port === port);

function checkPort(context: Context, loadBalancerArn: string, port: number, ownArn?: string): void {
  const existing = listenerAt(context, loadBalancerArn, port);
  if (existing && existing.arn !== ownArn) {
    throw new AwsError(
      "DuplicateListener",
      `A listener already exists on this port for this load balancer '${loadBalancerArn}'`,
    );
  }
  if (port < 1 || port > 65_535)
    throw new AwsError("ValidationError", `Port must be from 1 to 65535, not ${port}`);
}

/** Deletes a listener with its rules. */
export function deleteListener(context: Context, row: Listener): void {
  unmarkCertificatesUsed(context, row);
  deleteRules(context, row.arn);
  context.in(listeners).delete(row.arn);
  context.in(elbTags).delete(row.arn);
}

export const listenerOperations: Operations = {
  CreateListener: operation<elb.CreateListenerInput, elb.CreateListenerOutput>()(
    ["LoadBalancerArn", "Protocol", "Port", "SslPolicy", "Certificates", "DefaultActions", "Tags"],
    (context, input) => {
      const balancer = requireLoadBalancer(context, input.LoadBalancerArn);
      if (input.Port === undefined)
        throw new AwsError("ValidationError", "A port must be specified");
      const { Port: port } = input;
      const security = securityOf(context, input.Protocol, input.SslPolicy, input.Certificates);
      const settings = {
        loadBalancerArn: balancer.arn,
        port,
        ...security,
        actions: storedActions(
          context,
          { loadBalancerArn: balancer.arn, port, protocol: security.protocol },
          input.DefaultActions,
        ),
      };
      // A request with the settings of the listener succeeds, and creates nothing. Source: Elastic Load Balancing API Reference,
      // CreateListener: "This operation is idempotent".
      const existing = listenerAt(context, balancer.arn, port);
      if (existing && isDeepStrictEqual({ ...existing, ...settings }, existing))
        return { Listeners: [describe(existing)] };
      checkPort(context, balancer.arn, port);
      const siblings = context
        .in(listeners)
        .filter((listener) => listener.loadBalancerArn === balancer.arn);
      if (siblings.length >= context.settings.quotas.listenersPerLoadBalancer)
        throw new AwsError(
          "TooManyListeners",
          `The maximum number of listeners has been reached on load balancer '${balancer.arn}'`,
        );
      const row: Listener = {
        ...settings,
        arn: `${balancer.arn.replace(":loadbalancer/", ":listener/")}/${context.hex(16)}`,
        attributes: security.protocol === "HTTPS" ? { ...DEFAULTS, ...TLS_DEFAULTS } : DEFAULTS,
      };
      context.in(listeners).put(row.arn, row);
      context.in(elbTags).put(row.arn, tagMap(input.Tags));
      markCertificatesUsed(context, row);
      return { Listeners: [describe(row)] };
    },
  ),

  ModifyListener: operation<elb.ModifyListenerInput, elb.ModifyListenerOutput>()(
    ["ListenerArn", "Port", "Protocol", "SslPolicy", "Certificates", "DefaultActions"],
    (context, input) => {
      const row = requireListener(context, input.ListenerArn);
      const port = input.Port ?? row.port;
      checkPort(context, row.loadBalancerArn, port, row.arn);
      const certificate =
        row.certificateArn === undefined ? undefined : [{ CertificateArn: row.certificateArn }];
      const protocol = input.Protocol ?? row.protocol;
      const security = securityOf(
        context,
        protocol,
        input.SslPolicy ?? row.sslPolicy,
        input.Certificates ?? (protocol === "HTTPS" ? certificate : undefined),
      );
      const changed: Listener = {
        arn: row.arn,
        loadBalancerArn: row.loadBalancerArn,
        port,
        ...security,
        ...(row.moreCertificates ? { moreCertificates: row.moreCertificates } : {}),
        actions: input.DefaultActions
          ? storedActions(
              context,
              { loadBalancerArn: row.loadBalancerArn, port, protocol: security.protocol },
              input.DefaultActions,
            )
          : row.actions,
        attributes:
          security.protocol === "HTTPS"
            ? { ...DEFAULTS, ...TLS_DEFAULTS, ...row.attributes }
            : row.attributes,
      };
      unmarkCertificatesUsed(context, row);
      context.in(listeners).put(row.arn, changed);
      markCertificatesUsed(context, changed);
      return { Listeners: [describe(changed)] };
    },
  ),

  DeleteListener: operation<elb.DeleteListenerInput, object>()(
    ["ListenerArn"],
    (context, input) => {
      const row = requireListener(context, input.ListenerArn);
      deleteListener(context, row);
      return {};
    },
  ),

  DescribeListeners: operation<elb.DescribeListenersInput, elb.DescribeListenersOutput>()(
    ["LoadBalancerArn", "ListenerArns", "Marker", "PageSize"],
    (context, input) => {
      const balancer =
        input.LoadBalancerArn === undefined
          ? undefined
          : requireLoadBalancer(context, input.LoadBalancerArn);
      const rows =
        input.ListenerArns?.map((arn) => requireListener(context, arn)) ??
        context.in(listeners).all();
      const { items, next } = page(
        rows.filter((row) => !balancer || row.loadBalancerArn === balancer.arn),
        input.PageSize ?? 400,
        input.Marker,
      );
      return {
        Listeners: items.map(describe),
        ...(next === undefined ? {} : { NextMarker: next }),
      };
    },
  ),

  DescribeListenerAttributes: operation<
    elb.DescribeListenerAttributesInput,
    elb.DescribeListenerAttributesOutput
  >()(["ListenerArn"], (context, input) => ({
    Attributes: attributeList(requireListener(context, input.ListenerArn).attributes),
  })),

  ModifyListenerAttributes: operation<
    elb.ModifyListenerAttributesInput,
    elb.ModifyListenerAttributesOutput
  >()(["ListenerArn", "Attributes"], (context, input) => {
    const row = requireListener(context, input.ListenerArn);
    const attributes = changedAttributes(row.attributes, input.Attributes, "Listener");
    context.in(listeners).put(row.arn, { ...row, attributes });
    return { Attributes: attributeList(attributes) };
  }),

  DescribeTags: operation<elb.DescribeTagsInput, elb.DescribeTagsOutput>()(
    ["ResourceArns"],
    (context, input) => ({
      TagDescriptions: input.ResourceArns.map((ResourceArn) => {
        checkTaggable(context, ResourceArn);
        return { ResourceArn, Tags: attributeList(context.in(elbTags).get(ResourceArn) ?? {}) };
      }),
    }),
  ),

  AddTags: operation<elb.AddTagsInput, object>()(["ResourceArns", "Tags"], (context, input) => {
    for (const arn of input.ResourceArns) {
      checkTaggable(context, arn);
      const existing = context.in(elbTags).get(arn);
      context.in(elbTags).put(arn, addTags(elbTagRules, "AddTags", existing, tagMap(input.Tags)));
    }
    return {};
  }),

  RemoveTags: operation<elb.RemoveTagsInput, object>()(
    ["ResourceArns", "TagKeys"],
    (context, input) => {
      for (const arn of input.ResourceArns) {
        checkTaggable(context, arn);
        const left = Object.entries(context.in(elbTags).get(arn) ?? {}).filter(
          ([key]) => !input.TagKeys.includes(key),
        );
        context.in(elbTags).put(arn, Object.fromEntries(left));
      }
      return {};
    },
  ),
};

function checkTaggable(context: Context, arn: string): void {
  if (arn.includes(":loadbalancer/")) requireLoadBalancer(context, arn);
  else if (arn.includes(":targetgroup/")) requireTargetGroup(context, arn);
  else if (arn.includes(":listener-rule/")) {
    if (!isRule(context, arn)) throw noRule();
  } else requireListener(context, arn);
}
