import { expect, it } from "vitest";
import { fetchEnvironment, sandboxEnvironment } from "../../src/sandbox/environment.ts";

const environment = {
  PATH: "/bin",
  HOME: "/home/u",
  LC_ALL: "C",
  XDG_CONFIG_HOME: "/c",
  TMPDIR: "/t",
  TF_VAR_team: "harbour",
  TF_VAR_aws_secret_key: "secret",
  TF_CLI_CONFIG_FILE: "/rc",
  TF_PLUGIN_CACHE_DIR: "/cache",
  TF_REATTACH_PROVIDERS: "{}",
  TF_CLI_ARGS: "-nonsense",
  TF_CLI_ARGS_apply: "-nonsense",
  TF_WORKSPACE: "production",
  TF_DATA_DIR: "/data",
  TF_TOKEN_app_terraform_io: "secret",
  AWS_PROFILE: "production",
  AWS_SESSION_TOKEN: "secret",
  GITHUB_TOKEN: "secret",
  NPM_TOKEN: "secret",
  CLOUDFLARE_API_TOKEN: "secret",
  KUBECONFIG: "/home/u/.kube/config",
  PLUGIN_PASSWORD: "secret",
  HOMEBREW_GITHUB_API_TOKEN: "secret",
  https_proxy: "http://proxy",
  NO_PROXY: "localhost",
  GIT_SSH_COMMAND: "ssh -i key",
  SSH_AUTH_SOCK: "/agent",
};

it("passes only listed variables and the credentials of the sandbox", () => {
  const passed = sandboxEnvironment(environment, "http://127.0.0.1:1", undefined);
  const others = Object.keys(passed).filter((name) => !name.startsWith("AWS_"));
  expect(others.sort()).toEqual([
    "HOME",
    "LC_ALL",
    "PATH",
    "TF_CLI_CONFIG_FILE",
    "TF_PLUGIN_CACHE_DIR",
    "TF_REATTACH_PROVIDERS",
    "TF_VAR_team",
    "TMPDIR",
    "XDG_CONFIG_HOME",
  ]);
  expect(Object.values(passed)).not.toContain("secret");
  expect(passed).toMatchObject({
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_ACCESS_KEY_ID: "sandbox",
  });
  expect(passed).not.toHaveProperty("AWS_PROFILE");
});

it("passes only proxies and the credentials of registries and Git to a download", () => {
  expect(Object.keys(fetchEnvironment(environment)).sort()).toEqual([
    "GIT_SSH_COMMAND",
    "NO_PROXY",
    "SSH_AUTH_SOCK",
    "TF_TOKEN_app_terraform_io",
    "https_proxy",
  ]);
});
