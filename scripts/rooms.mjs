// The rooms of the house and whom each may import. The lint configuration and ARCHITECTURE.md read this table.
export const rooms = {
  ip: [],
  aws: ["ip"],
  iam: ["aws"],
  config: ["ip", "aws"],
  constructs: ["ip", "aws", "config"],
  terraform: [],
  sandbox: ["ip", "iam", "aws"],
  cli: ["ip", "aws", "iam", "config", "constructs", "terraform", "sandbox"],
};
