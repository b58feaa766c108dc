// The rooms of the house and whom each may import. The lint configuration and ARCHITECTURE.md read this table.
export const rooms = {
  ip: [],
  aws: ["ip"],
  iam: ["aws"],
  config: ["ip", "aws"],
  constructs: ["ip", "aws", "config"],
  terraform: [],
  sandbox: ["ip", "iam", "aws"],
  rehearsal: ["ip", "aws", "iam", "config", "constructs", "terraform", "sandbox"],
  cli: ["ip", "aws", "iam", "config", "constructs", "terraform", "sandbox", "rehearsal"],
};
