import { testInvalidRequests } from "../../support/invalid-request-tests.ts";
import { invalidRequests } from "../../support/invalid-requests.ts";

testInvalidRequests(invalidRequests());
