import { defineConfig } from "berth-ecs";

export default defineConfig({
  name: "hello",
  region: "us-east-1",
  tasks: { containerPort: 8080 },
  loadBalancer: {
    // Networks that may connect. Restrict them to your own networks during development.
    allowFrom: ["0.0.0.0/0"],
  },
});
