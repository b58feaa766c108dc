import { defineConfig } from "berth";

export default defineConfig({
  name: "hello",
  region: "us-east-1",
  tasks: { containerPort: 8080 },
  loadBalancer: {
    // Who may connect. Narrow it to your own networks while you build.
    allowFrom: ["0.0.0.0/0"],
  },
});
