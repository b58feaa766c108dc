/** GitHub's environment for one of the config's; a config that names none has one, and that is where users are. */
export const gitHubEnvironment = (environment: string): string =>
  environment === "default" ? "production" : environment;
