import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { synth } from "../../src/index.ts";
import { testFolder } from "../support/folder.ts";

function configFile(): string {
  const config = join(testFolder(), "berth.config.ts");
  writeFileSync(
    config,
    'export default { name: "hello", region: "us-east-1", loadBalancer: false };\n',
  );
  return config;
}

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

it("synth() throws if the config does not exist", async () => {
  await expect(synth({ config: join(testFolder(), "none.ts") })).rejects.toMatchObject({
    code: "BERTH-E1001",
  });
});
