import { request } from "node:http";

/** Sends one AWS Query request over plain HTTP. The SDK's own time would hide that of the sandbox. */
function query(port: number, service: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        method: "POST",
        path: "/",
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          authorization: `AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
          "x-amz-date": "20260101T000000Z",
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          response.statusCode === 200 ? resolve(text) : reject(new Error(text.slice(0, 300))),
        );
      },
    );
    outgoing.on("error", reject).end(body);
  });
}

export const ec2Query = (port: number, body: string): Promise<string> =>
  query(port, "ec2", `Version=2016-11-15&${body}`);
export const getCallerIdentity = (port: number): Promise<string> =>
  query(port, "sts", "Version=2011-06-15&Action=GetCallerIdentity");

/**
 * Calls a second. Eight calls run at the same time for some milliseconds: with one at a time, the client would be
 * measured.
 *
 * @param duration milliseconds
 */
export async function callsPerSecond(
  call: () => Promise<unknown>,
  duration = 1500,
): Promise<number> {
  for (let i = 0; i < 20; i++) await call();
  const start = performance.now();
  let count = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - start < duration) {
      await call();
      count++;
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  return (count * 1000) / (performance.now() - start);
}
