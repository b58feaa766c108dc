/** Terraform configurations. */
export const terraformFailures = {
  "TF-04": {
    title: "Region does not offer this Availability Zone",
    fix: "Filter data.aws_availability_zones by opt-in-status",
  },
  "TF-05": {
    title: "Data source finds no resource",
    fix: "Apply the stack that creates it first: pass its folder before this one",
  },
  "TF-06": {
    title: "Second plan is not empty",
    fix: "Write the attribute as AWS returns it, use one style of rules, or add ignore_changes",
  },
  "TF-07": {
    title: "Association is declared twice",
    fix: "Remove one of the two",
  },
} as const;
