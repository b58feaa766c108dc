import type { AwsClient, Output } from "../aws-client/index.ts";

type ItemOf<List> = NonNullable<List> extends readonly (infer Item)[] ? Item : never;

/** Calls AWS. */
export type DeploymentClient = Pick<AwsClient, "call">;

/** A service deployment. Source: Amazon ECS API Reference, "ServiceDeployment". */
export type ServiceDeployment = ItemOf<
  Output<"ecs", "DescribeServiceDeployments">["serviceDeployments"]
>;

/** A service revision. Source: Amazon ECS API Reference, "ServiceRevision". */
export type ServiceRevision = ItemOf<Output<"ecs", "DescribeServiceRevisions">["serviceRevisions"]>;

/** A service. Source: Amazon ECS API Reference, "Service". */
export type Service = ItemOf<Output<"ecs", "DescribeServices">["services"]>;

/** A task. Source: Amazon ECS API Reference, "Task". */
export type Task = ItemOf<Output<"ecs", "DescribeTasks">["tasks"]>;

/** A target with its health. Source: Elastic Load Balancing API Reference, "TargetHealthDescription". */
export type TargetHealth = ItemOf<
  Output<"elasticloadbalancing", "DescribeTargetHealth">["TargetHealthDescriptions"]
>;

/** The state of a target, such as healthy. */
export type TargetState = NonNullable<NonNullable<TargetHealth["TargetHealth"]>["State"]>;

/** The reason code of the health of a target, such as Target.Timeout. */
export type TargetReason = NonNullable<NonNullable<TargetHealth["TargetHealth"]>["Reason"]>;
