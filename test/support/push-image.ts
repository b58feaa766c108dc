import { createHash } from "node:crypto";
import {
  BatchCheckLayerAvailabilityCommand,
  CompleteLayerUploadCommand,
  type ECRClient,
  InitiateLayerUploadCommand,
  PutImageCommand,
  type PutImageCommandOutput,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";

const digest = (content: string): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** Pushes an image without layers to an ECR repository: the image configuration, then the manifest. */
export async function pushImage(
  client: ECRClient,
  repositoryName: string,
  imageTag: string,
  { architecture = "amd64", note = "" }: { architecture?: string; note?: string } = {},
): Promise<PutImageCommandOutput> {
  const config = JSON.stringify({ os: "linux", architecture, note });
  const content = Buffer.from(config);
  const layerDigests = [digest(config)];
  const { layers } = await client.send(
    new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }),
  );
  if (layers?.[0]?.layerAvailability !== "AVAILABLE") {
    const { uploadId } = await client.send(new InitiateLayerUploadCommand({ repositoryName }));
    await client.send(
      new UploadLayerPartCommand({
        repositoryName,
        uploadId,
        partFirstByte: 0,
        partLastByte: content.length - 1,
        layerPartBlob: content,
      }),
    );
    await client.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
  }
  return client.send(
    new PutImageCommand({
      repositoryName,
      imageTag,
      imageManifest: JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: { digest: digest(config), size: content.length },
        layers: [],
      }),
    }),
  );
}
