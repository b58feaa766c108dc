import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { certificates } from "../acm/tables.ts";
import { type Listener, listeners, requireListener } from "./tables.ts";

/** The certificates of a listener, the default certificate first. */
const certificateArns = (row: Listener): string[] => [
  ...(row.certificateArn === undefined ? [] : [row.certificateArn]),
  ...(row.moreCertificates ?? []),
];

/** Adds a listener to the users of its certificates. */
export function markCertificatesUsed(context: Context, listener: Listener): void {
  for (const arn of certificateArns(listener)) {
    const row = context.in(certificates).get(arn);
    if (row) context.in(certificates).put(arn, { ...row, usedBy: [...row.usedBy, listener.arn] });
  }
}

export function unmarkCertificatesUsed(context: Context, listener: Listener): void {
  for (const arn of certificateArns(listener)) {
    const row = context.in(certificates).get(arn);
    if (row)
      context
        .in(certificates)
        .put(arn, { ...row, usedBy: row.usedBy.filter((value) => value !== listener.arn) });
  }
}

/**
 * Checks that a listener can use a certificate, and returns its ARN.
 *
 * Source: Elastic Load Balancing, "HTTPS listeners for your Application Load Balancer".
 */
export function requireIssuedCertificate(context: Context, arn: string): string {
  const certificate = context.in(certificates).get(arn);
  if (!certificate) throw new AwsError("CertificateNotFound", `Certificate '${arn}' not found`);
  if (certificate.status !== "ISSUED") {
    throw new AwsError(
      "UnsupportedCertificate",
      `The certificate '${arn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`,
    );
  }
  return arn;
}

function requireHttpsListener(context: Context, arn: string): Listener {
  const row = requireListener(context, arn);
  if (row.protocol !== "HTTPS")
    throw new AwsError(
      "OperationNotPermitted",
      "Certificates can be added to listeners of protocol HTTPS or TLS alone",
    );
  return row;
}

const arnsOf = (given: readonly elb.Certificate[]): string[] =>
  given.map(({ CertificateArn }) => {
    if (CertificateArn === undefined)
      throw new AwsError("ValidationError", "A certificate ARN must be specified");
    return CertificateArn;
  });

function setCertificates(context: Context, row: Listener, more: readonly string[]): void {
  unmarkCertificatesUsed(context, row);
  const changed = context.in(listeners).put(row.arn, { ...row, moreCertificates: more });
  markCertificatesUsed(context, changed);
}

export const certificateOperations: Operations = {
  AddListenerCertificates: operation<
    elb.AddListenerCertificatesInput,
    elb.AddListenerCertificatesOutput
  >()(["ListenerArn", "Certificates"], (context, input) => {
    const row = requireHttpsListener(context, input.ListenerArn);
    const added = arnsOf(input.Certificates).map((arn) => requireIssuedCertificate(context, arn));
    const more = [...new Set([...(row.moreCertificates ?? []), ...added])];
    const count = context
      .in(listeners)
      .filter(
        (listener) => listener.loadBalancerArn === row.loadBalancerArn && listener.arn !== row.arn,
      )
      .reduce((sum, listener) => sum + (listener.moreCertificates ?? []).length, more.length);
    if (count > context.settings.quotas.certificatesPerLoadBalancer)
      throw new AwsError(
        "TooManyCertificates",
        `The maximum number of certificates on load balancer '${row.loadBalancerArn}' has been reached`,
      );
    setCertificates(context, row, more);
    return { Certificates: added.map((arn) => ({ CertificateArn: arn, IsDefault: false })) };
  }),

  RemoveListenerCertificates: operation<
    elb.RemoveListenerCertificatesInput,
    elb.RemoveListenerCertificatesOutput
  >()(["ListenerArn", "Certificates"], (context, input) => {
    const row = requireHttpsListener(context, input.ListenerArn);
    const removed = arnsOf(input.Certificates);
    if (row.certificateArn !== undefined && removed.includes(row.certificateArn))
      throw new AwsError("OperationNotPermitted", "The default certificate cannot be removed");
    setCertificates(
      context,
      row,
      (row.moreCertificates ?? []).filter((arn) => !removed.includes(arn)),
    );
    return {};
  }),

  DescribeListenerCertificates: operation<
    elb.DescribeListenerCertificatesInput,
    elb.DescribeListenerCertificatesOutput
  >()(["ListenerArn", "Marker", "PageSize"], (context, input) => {
    const row = requireListener(context, input.ListenerArn);
    const { items, next } = page(certificateArns(row), input.PageSize ?? 400, input.Marker);
    return {
      Certificates: items.map((CertificateArn) => ({
        CertificateArn,
        IsDefault: CertificateArn === row.certificateArn,
      })),
      ...(next === undefined ? {} : { NextMarker: next }),
    };
  }),
};
