import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { synth } from "../../src/index.ts";
import { testFolder } from "../support/folder.ts";

function configFile(moreOptions = ""): string {
  const config = join(testFolder(), "berth.config.ts");
  writeFileSync(
    config,
    `export default { name: "hello", region: "us-east-1", loadBalancer: false, ${moreOptions} };\n`,
  );
  return config;
}

const WORKLOADS =
  'services: { web: { image: { tag: "v1" } } }, jobs: { nightly: { image: { tag: "v1" } } }';

it("synth() returns the configuration without writing it", async () => {
  const result = await synth({ config: configFile() });
  expect(result.paths).toBeUndefined();
  expect(Object.keys(result.files)).toEqual(["main.tf.json"]);
  const { provider } = JSON.parse(result.files["main.tf.json"] ?? "") as {
    provider: { aws: { region: string }[] };
  }; // Berth's provider block
  expect(provider.aws[0]?.region).toBe("us-east-1");
});

it("synth() writes the configuration, and rejects a folder that has the other format", async () => {
  const config = configFile();
  const outputFolder = join(testFolder(), "terraform");
  const { files, paths = [] } = await synth({ config, outputFolder, format: "hcl" });
  expect(paths).toEqual(Object.keys(files).map((name) => join(outputFolder, name)));
  expect(paths.map((path) => readFileSync(path, "utf8"))).toEqual(Object.values(files));
  expect(files["main.tf"]).toMatch(/resource "aws_vpc"/);
  await expect(synth({ config, outputFolder })).rejects.toMatchObject({ code: "BERTH-E6008" });
});

it("synth() has a folder for the root module of each service and job", async () => {
  const config = configFile(WORKLOADS);
  const { files } = await synth({ config });
  expect(Object.keys(files)).toEqual([
    "main.tf.json",
    "services/web/main.tf.json",
    "jobs/nightly/main.tf.json",
  ]);
  const outputFolder = join(testFolder(), "terraform");
  const { paths = [] } = await synth({ config, outputFolder });
  expect(paths.map((path) => readFileSync(path, "utf8"))).toEqual(Object.values(files));
  const hcl = await synth({ config, format: "hcl" });
  expect(hcl.files["services/web/main.tf"]).toMatch(/resource "aws_ecs_service" "service"/);
  expect(hcl.files["jobs/nightly/variables.tf"]).toMatch(/variable "image"/);
});

it("synth() rejects the folder of a service that has the other format", async () => {
  const config = configFile(WORKLOADS);
  const outputFolder = testFolder();
  await synth({ config, outputFolder });
  rmSync(join(outputFolder, "main.tf.json"));
  await expect(synth({ config, outputFolder, format: "hcl" })).rejects.toMatchObject({
    code: "BERTH-E6008",
  });
  expect(existsSync(join(outputFolder, "main.tf"))).toBe(false);
});

it("synth() throws if the config does not exist", async () => {
  await expect(synth({ config: join(testFolder(), "none.ts") })).rejects.toMatchObject({
    code: "BERTH-E1001",
  });
});
