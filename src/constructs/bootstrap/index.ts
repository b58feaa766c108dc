export { type BootstrapOptions, BootstrapStack, bootstrapStateKey } from "./bootstrap.ts";
export { permissionsBoundary } from "./apply-role-permissions.ts";
export { foundationScopeOf } from "./foundation-scope.ts";
export { AUDIENCE, ISSUER } from "./oidc-trust.ts";
export { stateKeyAlias } from "./state-bucket.ts";
