import type { Operations } from "../service-models/models/operations.ts";

/** A service that the client calls, by its signing name. */
export type ServiceName = keyof Operations;

/** An operation of a service. operations.json lists them. */
export type OperationName<Service extends ServiceName> = keyof Operations[Service] & string;

type Operation<
  Service extends ServiceName,
  Name extends OperationName<Service>,
> = Operations[Service][Name] extends { readonly input: infer Input; readonly output: infer Output }
  ? { readonly input: Input; readonly output: Output }
  : never;

/** The input of an operation. */
export type Input<Service extends ServiceName, Name extends OperationName<Service>> = Operation<
  Service,
  Name
>["input"];

/** The output of an operation. AWS may omit any member. */
export type Output<Service extends ServiceName, Name extends OperationName<Service>> = Operation<
  Service,
  Name
>["output"];
