import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type * as ecr from "@aws-sdk/client-ecr";
import type * as ecs from "@aws-sdk/client-ecs";
import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import type * as ssm from "@aws-sdk/client-ssm";

interface Call<Input, Output> {
  readonly input: Input;
  readonly output: Output;
}

/** The calls of a deployment, by service and operation. */
export interface DeploymentCalls {
  readonly ecs: {
    readonly DescribeServices: Call<ecs.DescribeServicesRequest, ecs.DescribeServicesResponse>;
    readonly UpdateService: Call<ecs.UpdateServiceRequest, ecs.UpdateServiceResponse>;
    readonly ListServiceDeployments: Call<
      ecs.ListServiceDeploymentsRequest,
      ecs.ListServiceDeploymentsResponse
    >;
    readonly DescribeServiceDeployments: Call<
      ecs.DescribeServiceDeploymentsRequest,
      ecs.DescribeServiceDeploymentsResponse
    >;
    readonly DescribeServiceRevisions: Call<
      ecs.DescribeServiceRevisionsRequest,
      ecs.DescribeServiceRevisionsResponse
    >;
    readonly ListTasks: Call<ecs.ListTasksRequest, ecs.ListTasksResponse>;
    readonly DescribeTasks: Call<ecs.DescribeTasksRequest, ecs.DescribeTasksResponse>;
    readonly RunTask: Call<ecs.RunTaskRequest, ecs.RunTaskResponse>;
    readonly StopTask: Call<ecs.StopTaskRequest, ecs.StopTaskResponse>;
  };
  readonly ecr: {
    readonly DescribeImages: Call<ecr.DescribeImagesRequest, ecr.DescribeImagesResponse>;
  };
  readonly elasticloadbalancing: {
    readonly DescribeTargetHealth: Call<
      elb.DescribeTargetHealthInput,
      elb.DescribeTargetHealthOutput
    >;
  };
  readonly logs: {
    readonly GetLogEvents: Call<logs.GetLogEventsRequest, logs.GetLogEventsResponse>;
  };
  readonly ssm: {
    readonly GetParameter: Call<ssm.GetParameterRequest, ssm.GetParameterResult>;
    readonly PutParameter: Call<ssm.PutParameterRequest, ssm.PutParameterResult>;
  };
  readonly "application-autoscaling": {
    readonly DescribeScalableTargets: Call<
      scaling.DescribeScalableTargetsRequest,
      scaling.DescribeScalableTargetsResponse
    >;
    readonly RegisterScalableTarget: Call<
      scaling.RegisterScalableTargetRequest,
      scaling.RegisterScalableTargetResponse
    >;
  };
}

type Member<Value, Name> = Name extends keyof Value ? Value[Name] : never;

/** Calls AWS. A deployment needs nothing else of a client. */
export interface DeploymentClient {
  call<
    Service extends keyof DeploymentCalls,
    Operation extends string & keyof DeploymentCalls[Service],
  >(
    service: Service,
    operation: Operation,
    input: Member<DeploymentCalls[Service][Operation], "input">,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Member<DeploymentCalls[Service][Operation], "output">>;
}
