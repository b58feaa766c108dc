import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../service.ts";
import { certificates } from "../acm/index.ts";
import {
  attributeList,
  changedAttributes,
  elbTags,
  type Listener,
  listeners,
  loadBalancersOf,
  needListener,
  needLoadBalancer,
  needTargetGroup,
  tagMap,
  targetsOf,
} from "./rows.ts";

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
  Protocol: row.protocol as elb.ProtocolEnum, // checked when it came in
  DefaultActions: row.actions.map((action) => ({ ...action })),
  ...(row.sslPolicy === undefined ? {} : { SslPolicy: row.sslPolicy }),
  ...(row.certificateArn === undefined
    ? {}
    : { Certificates: [{ CertificateArn: row.certificateArn }] }),
  ...(row.protocol === "HTTPS" ? { MutualAuthentication: { Mode: "off" } } : {}),
});

/** An action as ELB stores it: a forward has both its short and its long form. */
function settledActions(
  context: Context,
  loadBalancerArn: string,
  actions: readonly elb.Action[],
): elb.Action[] {
  return actions.map((action, index) => {
    const targets = targetsOf(action);
    switch (action.Type) {
      case "forward": {
        if (targets.length === 0)
          throw new AwsError("ValidationError", "A target group ARN must be specified");
        const { vpcId } = needLoadBalancer(context, loadBalancerArn);
        for (const arn of targets) {
          const others = loadBalancersOf(context, arn).filter((one) => one !== loadBalancerArn);
          if (others.length > 0) {
            throw new AwsError(
              "TargetGroupAssociationLimit",
              `The following target groups cannot be associated with more than one load balancer: ${arn}`,
            );
          }
          if (needTargetGroup(context, arn).vpcId !== vpcId) {
            throw new AwsError(
              "ValidationError",
              `The target group '${arn}' and the load balancer are in different VPCs`,
            );
          }
        }
        const config = action.ForwardConfig ?? {
          TargetGroups: targets.map((arn) => ({ TargetGroupArn: arn, Weight: 1 })),
        };
        return {
          ...action,
          Order: action.Order ?? index + 1,
          ...(targets.length === 1 ? { TargetGroupArn: targets[0] } : {}),
          ForwardConfig: {
            ...config,
            TargetGroupStickinessConfig: config.TargetGroupStickinessConfig ?? { Enabled: false },
          },
        };
      }
      case "redirect":
        return {
          ...action,
          Order: action.Order ?? index + 1,
          RedirectConfig: {
            Protocol: "#{protocol}",
            Port: "#{port}",
            Host: "#{host}",
            Path: "/#{path}",
            Query: "#{query}",
            ...action.RedirectConfig,
            StatusCode: action.RedirectConfig?.StatusCode,
          },
        };
      case "fixed-response":
        return { ...action, Order: action.Order ?? index + 1 };
      default:
        throw new AwsError(
          "NotImplemented",
          `Berth's sandbox does not implement listener actions of type ${action.Type}`,
          501,
        );
    }
  });
}

interface Security {
  readonly protocol: string;
  readonly sslPolicy?: string;
  readonly certificateArn?: string;
}

function settledSecurity(
  context: Context,
  protocol: string | undefined,
  sslPolicy: string | undefined,
  given: readonly elb.Certificate[] | undefined,
): Security {
  if (protocol !== "HTTP" && protocol !== "HTTPS") {
    throw new AwsError(
      "ValidationError",
      "Listener protocol of an application load balancer must be 'HTTP' or 'HTTPS'",
    );
  }
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
  const certificate = context.in(certificates).get(certificateArn);
  if (!certificate)
    throw new AwsError("CertificateNotFound", `Certificate '${certificateArn}' not found`);
  if (certificate.status !== "ISSUED") {
    throw new AwsError(
      "UnsupportedCertificate",
      `The certificate '${certificateArn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`,
    );
  }
  const policy = sslPolicy ?? "ELBSecurityPolicy-2016-08";
  if (!POLICY.test(policy))
    throw new AwsError("SSLPolicyNotFound", `SSL policy '${policy}' not found`);
  return { protocol, sslPolicy: policy, certificateArn };
}

/** Notes on its certificate that a listener uses it. */
function holdCertificate(context: Context, { arn, certificateArn }: Listener): void {
  const row =
    certificateArn === undefined ? undefined : context.in(certificates).get(certificateArn);
  if (row) context.in(certificates).put(row.arn, { ...row, usedBy: [...row.usedBy, arn] });
}

export function releaseCertificate(context: Context, { arn, certificateArn }: Listener): void {
  const row =
    certificateArn === undefined ? undefined : context.in(certificates).get(certificateArn);
  if (row)
    context
      .in(certificates)
      .put(row.arn, { ...row, usedBy: row.usedBy.filter((one) => one !== arn) });
}

function checkPort(context: Context, loadBalancerArn: string, port: number, self?: string): void {
  const rival = context
    .in(listeners)
    .find(
      (one) => one.loadBalancerArn === loadBalancerArn && one.port === port && one.arn !== self,
    );
  if (rival) {
    throw new AwsError(
      "DuplicateListener",
      `A listener already exists on this port for this load balancer '${loadBalancerArn}'`,
    );
  }
  if (port < 1 || port > 65_535)
    throw new AwsError("ValidationError", `Port must be from 1 to 65535, not ${port}`);
}

export const listenerOperations: Operations = {
  CreateListener: operation<elb.CreateListenerInput, elb.CreateListenerOutput>()(
    ["LoadBalancerArn", "Protocol", "Port", "SslPolicy", "Certificates", "DefaultActions", "Tags"],
    (context, input) => {
      const balancer = needLoadBalancer(context, input.LoadBalancerArn);
      if (input.Port === undefined)
        throw new AwsError("ValidationError", "A port must be specified");
      checkPort(context, balancer.arn, input.Port);
      const security = settledSecurity(
        context,
        input.Protocol,
        input.SslPolicy,
        input.Certificates,
      );
      const row: Listener = {
        arn: `${balancer.arn.replace(":loadbalancer/", ":listener/")}/${context.hex(16)}`,
        loadBalancerArn: balancer.arn,
        port: input.Port,
        ...security,
        actions: settledActions(context, balancer.arn, input.DefaultActions),
        attributes: security.protocol === "HTTPS" ? { ...DEFAULTS, ...TLS_DEFAULTS } : DEFAULTS,
      };
      context.in(listeners).put(row.arn, row);
      context.in(elbTags).put(row.arn, tagMap(input.Tags));
      holdCertificate(context, row);
      return { Listeners: [describe(row)] };
    },
  ),

  ModifyListener: operation<elb.ModifyListenerInput, elb.ModifyListenerOutput>()(
    ["ListenerArn", "Port", "Protocol", "SslPolicy", "Certificates", "DefaultActions"],
    (context, input) => {
      const row = needListener(context, input.ListenerArn);
      const port = input.Port ?? row.port;
      checkPort(context, row.loadBalancerArn, port, row.arn);
      const certificate =
        row.certificateArn === undefined ? undefined : [{ CertificateArn: row.certificateArn }];
      const protocol = input.Protocol ?? row.protocol;
      const security = settledSecurity(
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
        actions: input.DefaultActions
          ? settledActions(context, row.loadBalancerArn, input.DefaultActions)
          : row.actions,
        attributes:
          security.protocol === "HTTPS"
            ? { ...DEFAULTS, ...TLS_DEFAULTS, ...row.attributes }
            : row.attributes,
      };
      releaseCertificate(context, row);
      context.in(listeners).put(row.arn, changed);
      holdCertificate(context, changed);
      return { Listeners: [describe(changed)] };
    },
  ),

  DeleteListener: operation<elb.DeleteListenerInput, object>()(
    ["ListenerArn"],
    (context, input) => {
      const row = needListener(context, input.ListenerArn);
      releaseCertificate(context, row);
      context.in(listeners).delete(row.arn);
      context.in(elbTags).delete(row.arn);
      return {};
    },
  ),

  DescribeListeners: operation<elb.DescribeListenersInput, elb.DescribeListenersOutput>()(
    ["LoadBalancerArn", "ListenerArns", "Marker", "PageSize"],
    (context, input) => {
      const balancer =
        input.LoadBalancerArn === undefined
          ? undefined
          : needLoadBalancer(context, input.LoadBalancerArn);
      const rows =
        input.ListenerArns?.map((arn) => needListener(context, arn)) ?? context.in(listeners).all();
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
    Attributes: attributeList(needListener(context, input.ListenerArn).attributes),
  })),

  ModifyListenerAttributes: operation<
    elb.ModifyListenerAttributesInput,
    elb.ModifyListenerAttributesOutput
  >()(["ListenerArn", "Attributes"], (context, input) => {
    const row = needListener(context, input.ListenerArn);
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
      context.in(elbTags).put(arn, { ...context.in(elbTags).get(arn), ...tagMap(input.Tags) });
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
  if (arn.includes(":loadbalancer/")) needLoadBalancer(context, arn);
  else if (arn.includes(":targetgroup/")) needTargetGroup(context, arn);
  else needListener(context, arn);
}
