import { defineConfig } from "berth-ecs";

export default defineConfig({
  name: "hello",
  region: "us-east-1",
  loadBalancer: {
    // Networks that may connect. Restrict them to your own networks during development.
    allowFrom: ["0.0.0.0/0"],
  },
  // Destroy the repository with its images.
  repository: { forceDelete: true },
  services: {
    web: {
      // berth deploy builds the Dockerfile of this folder; berth deploy web --image :<tag> deploys an image of the repository.
      image: { build: "." },
      port: 8080,
      route: { path: "/*" },
      count: 2,
    },
  },
});
