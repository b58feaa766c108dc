import { readFileSync } from "node:fs";
import { ACMClient, ImportCertificateCommand } from "@aws-sdk/client-acm";
import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  type EC2Client,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import { clientOptions } from "./clients.ts";

/** Imports a certificate. The sandbox does not check the private key. */
export async function givenCertificate(url: string, region: string): Promise<string> {
  const acm = new ACMClient(clientOptions(url, region));
  const pem = readFileSync(new URL("certificate.pem", import.meta.url));
  const { CertificateArn = "" } = await acm.send(
    new ImportCertificateCommand({ Certificate: pem, PrivateKey: Buffer.from("not checked") }),
  );
  return CertificateArn;
}

export interface GivenNetwork {
  readonly vpcId: string;
  readonly publicSubnetIds: string[];
  readonly privateSubnetIds: string[];
  readonly routeTableIds: string[];
}

/** Creates an existing VPC: two availability zones, an internet gateway and a private route table. */
export async function givenNetwork(ec2: EC2Client, region: string): Promise<GivenNetwork> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
  const vpcId = Vpc?.VpcId ?? "";
  await ec2.send(
    new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }),
  );
  const subnet = async (zone: string, block: number): Promise<string> => {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        VpcId: vpcId,
        AvailabilityZone: region + zone,
        CidrBlock: `10.9.${block}.0/24`,
      }),
    );
    return Subnet?.SubnetId ?? "";
  };
  const publicSubnetIds = [await subnet("a", 0), await subnet("b", 1)];
  const privateSubnetIds = [await subnet("a", 2), await subnet("b", 3)];
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const gatewayId = InternetGateway?.InternetGatewayId ?? "";
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: gatewayId, VpcId: vpcId }));
  const table = async (subnets: readonly string[]): Promise<string> => {
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
    const id = RouteTable?.RouteTableId ?? "";
    for (const SubnetId of subnets)
      await ec2.send(new AssociateRouteTableCommand({ RouteTableId: id, SubnetId }));
    return id;
  };
  const publicTable = await table(publicSubnetIds);
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: publicTable,
      DestinationCidrBlock: "0.0.0.0/0",
      GatewayId: gatewayId,
    }),
  );
  return {
    vpcId,
    publicSubnetIds,
    privateSubnetIds,
    routeTableIds: [await table(privateSubnetIds)],
  };
}
