import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runLifecycle } from "../../support/terraform-lifecycle.ts";

/** A scheduled job and an alarm of its failures. */
const CONFIGURATION = `
resource "aws_ecs_cluster" "this" {
  name = "jobs"
}

resource "aws_iam_role" "scheduler" {
  name = "jobs-scheduler"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
    }]
  })
}

resource "aws_scheduler_schedule_group" "this" {
  name = "jobs"
  tags = { team = "payments" }
}

resource "aws_scheduler_schedule" "nightly" {
  name                         = "nightly"
  group_name                   = aws_scheduler_schedule_group.this.name
  description                  = "Closes the day"
  schedule_expression          = "cron(0 3 * * ? *)"
  schedule_expression_timezone = "Europe/Zurich"

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }

  target {
    arn      = aws_ecs_cluster.this.arn
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ containerOverrides = [{ name = "job", command = ["close"] }] })

    ecs_parameters {
      task_definition_arn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/job:1"
      launch_type         = "FARGATE"
      propagate_tags      = "TASK_DEFINITION"
      tags                = { job = "nightly" }

      network_configuration {
        subnets          = ["subnet-0123456789abcdef0"]
        security_groups  = ["sg-0123456789abcdef0"]
        assign_public_ip = false
      }
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 2
    }

    dead_letter_config {
      arn = "arn:aws:sqs:eu-west-1:111122223333:failed"
    }
  }
}

resource "aws_scheduler_schedule" "once" {
  name                = "once"
  schedule_expression = "at(2099-01-01T00:00:00)"
  state               = "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_ecs_cluster.this.arn
    role_arn = aws_iam_role.scheduler.arn

    ecs_parameters {
      task_definition_arn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/job"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  alarm_name          = "jobs-failed"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 1

  metric_query {
    id          = "percent"
    expression  = "100 * errors / attempts"
    label       = "Failed starts"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "TargetErrorCount", attempts = "InvocationAttemptCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/Scheduler"
        metric_name = metric_query.value
        period      = 300
        stat        = "Sum"
        dimensions  = { ScheduleGroup = aws_scheduler_schedule_group.this.name }
      }
    }
  }
}
`;

it("the sandbox supports schedules of EventBridge Scheduler and alarms of metric math, by real Terraform", async () => {
  const result = await runLifecycle({
    region: "eu-west-1",
    prepare: (directory) => writeFileSync(join(directory, "main.tf"), CONFIGURATION),
  });
  expect(result).toEqual({ isStable: true, left: [], notImplemented: [] });
});
