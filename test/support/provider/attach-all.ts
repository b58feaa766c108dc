import { inject } from "vitest";
import { useSharedProvider } from "./attach.ts";

useSharedProvider(inject("awsProvider"));
