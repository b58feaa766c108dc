/** Images and image repositories. */
export const ecrFailures = {
  "ECR-01": {
    title: "Image does not exist",
    fix: "Push the image, or correct its name and tag",
  },
  "ECR-02": {
    title: "Repository is empty when the service starts",
    fix: "Push an image before you apply the service, or start with desired_count = 0",
  },
  "ECR-03": {
    title: "Tag is pushed twice to a repository with immutable tags",
    fix: "Use a unique tag for each image",
  },
  "ECR-04": {
    title: "Repository of another account does not allow image pulls",
    fix: "Allow the account or its execution role in the policy of that repository",
  },
  "ECR-05": {
    title: "Image architecture does not match the task's CPU architecture",
    fix: "Set cpu_architecture in runtime_platform to the image's architecture, or build for both (buildx --platform)",
  },
  "ECR-06": {
    title: "Lifecycle policy expires the image in use",
    fix: "Exclude deployed tags from the rules of the lifecycle policy",
  },
  "ECR-07": {
    title: "Image is larger than the task's ephemeral storage",
    fix: "Set ephemeral_storage (21 to 200 GiB)",
  },
  "ECR-08": {
    title: "Images are pulled from Docker Hub without authentication",
    fix: "Mirror the image to Amazon ECR, or use public.ecr.aws",
  },
  "ECR-09": {
    title: "Nothing allows the task to import an image through a pull-through cache rule",
    fix: "Allow ecr:BatchImportUpstreamImage and ecr:CreateRepository in the execution role, or in an aws_ecr_registry_policy",
  },
} as const;
