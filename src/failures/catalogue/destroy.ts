/** Resources that block a destroy or a replacement. */
export const destroyFailures = {
  "DEST-01": {
    title: "Repository cannot be deleted because it contains images",
    fix: "Set force_delete = true if the images may be deleted with it",
  },
  "DEST-02": {
    title: "Load balancer has deletion protection enabled",
    fix: "Set enable_deletion_protection = false and apply before you destroy",
  },
  "DEST-03": {
    title: "KMS key is in its deletion waiting period",
    fix: "Use another key and alias, or cancel the deletion",
  },
  "DEST-04": {
    title: "Secret name is in its recovery window",
    fix: "Set recovery_window_in_days = 0 if the name must be available immediately",
  },
  "DEST-05": {
    title: "Resource is still in use by a network interface, a rule or an association",
    fix: "Set create_before_destroy and a name_prefix on the resource that is replaced, so that the old one is deleted last",
  },
  "DEST-06": {
    title: "Internet gateway cannot be detached while public addresses are mapped",
    fix: "Add depends_on = [aws_internet_gateway…] to the resources with public addresses, so that they are deleted first",
  },
  "DEST-07": {
    title: "Cluster still contains services or tasks",
    fix: "Delete the services and tasks first",
  },
  "DEST-09": {
    title: "Resource is still in use by another resource",
    fix: "Set create_before_destroy, so that Terraform changes the other resource first; a resource that is replaced also needs a name_prefix",
  },
  "DEST-10": {
    title: "Bucket cannot be deleted because it contains objects",
    fix: "Set force_destroy = true if the objects may be deleted with it",
  },
  "DEST-17": {
    title: "prevent_destroy blocks the deletion",
    fix: "Remove prevent_destroy, or move the resource to a separate stack",
  },
} as const;
