/** Host, path, tag and digest of an image. Source: OCI Distribution Specification, "Pulling manifests". */
const IMAGE =
  /^(?:[a-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/** Whether a text is the URI of an image, such as public.ecr.aws/nginx/nginx:1.27. */
export const isImageUri = (text: string): boolean => IMAGE.test(text);
