#!/usr/bin/env bash
# Installs the AWS provider of the tests in a folder in which Terraform and OpenTofu look before the registry. Some tests link to its
# program, and all tests then use this version.
set -euo pipefail
engine=${TERRAFORM_BINARY_NAME:-terraform}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/main.tf" <<'HCL'
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
HCL
"$engine" -chdir="$work" init -input=false -no-color
mkdir -p ~/.terraform.d/plugins
cp -rL "$work/.terraform/providers/." ~/.terraform.d/plugins/
