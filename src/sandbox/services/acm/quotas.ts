/** Source: AWS Certificate Manager User Guide, "Quotas". */
export const acmQuotas = { domainNamesPerCertificate: 10 } as const;
