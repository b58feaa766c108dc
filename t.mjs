import { createJiti } from "jiti";
const j = createJiti(import.meta.url);
const { synthJson } = await j.import("./src/constructs/synth.ts");
const o = { name: "hello", region: "us-east-1", egress:"nat", publish: true, cluster: { exec: true, namespace: "hello.internal" }, tags: {team:"x"}, loadBalancer: { allowFrom: ["0.0.0.0/0"] } };
import { writeFileSync } from "node:fs";
writeFileSync("/tmp/w/main.tf.json", synthJson(o));
