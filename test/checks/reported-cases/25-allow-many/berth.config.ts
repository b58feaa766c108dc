import { defineConfig } from "berth-ecs";

// forty networks, on 80 (which redirects) and on 443: eighty rules in one security group
const nets = Array.from({ length: 40 }, (_, i) => `198.51.${i}.0/24`);

export default defineConfig({
  name: "quay",
  region: "us-west-2",
  account: "111122223333",
  loadBalancer: {
    allowFrom: nets,
    certificateArn:
      "arn:aws:acm:us-west-2:111122223333:certificate/0f0f0f0f-1111-4222-8333-444444444444",
  },
});
