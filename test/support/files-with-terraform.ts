/** Whether the tests of a file run Terraform, and wait for the AWS provider. */
export const runsTerraform = (path: string): boolean => /\/test\/e2e\//.test(path);
