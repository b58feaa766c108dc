/** The ports that a Dockerfile exposes. */
export interface ExposedPorts {
  /** TCP ports of the image, in the order of the file. */
  readonly ports: readonly number[];
  /** Ports that are not numbers, such as $PORT. */
  readonly unknown: readonly string[];
}

interface Stage {
  readonly name: string | undefined;
  readonly ports: number[];
  readonly unknown: string[];
}

/**
 * The TCP ports that the last stage of a Dockerfile exposes, and the stages of the file that it is based on.
 *
 * Source: Dockerfile reference, "EXPOSE" and "FROM".
 *
 * @example exposedPorts("FROM node:22\nEXPOSE 8080/tcp 9090\n").ports; // [8080, 9090]
 */
export function exposedPorts(dockerfile: string): ExposedPorts {
  const stages: Stage[] = [];
  for (const [instruction, rest] of instructionsIn(dockerfile)) {
    const values = rest.split(/\s+/).filter((value) => value !== "");
    if (instruction === "FROM") {
      const [image = "", as, name] = values.filter((value) => !value.startsWith("--"));
      const base = stages.find((stage) => stage.name === image.toLowerCase());
      stages.push({
        name: as?.toLowerCase() === "as" ? name?.toLowerCase() : undefined,
        ports: [...(base?.ports ?? [])],
        unknown: [...(base?.unknown ?? [])],
      });
    }
    if (instruction === "EXPOSE") {
      for (const value of values) {
        const [, port, protocol = "tcp"] = /^(\d+)(?:-\d+)?(?:\/(\w+))?$/.exec(value) ?? [];
        if (port === undefined) stages.at(-1)?.unknown.push(value);
        else if (protocol.toLowerCase() === "tcp") stages.at(-1)?.ports.push(Number(port));
      }
    }
  }
  const { ports = [], unknown = [] } = stages.at(-1) ?? {};
  return { ports: [...new Set(ports)], unknown };
}

/** The instructions of a Dockerfile in upper case, with their arguments. Lines that end with a backslash continue. */
const instructionsIn = (dockerfile: string): [instruction: string, rest: string][] =>
  dockerfile
    .replaceAll(/^\s*#.*(\n|$)/gm, "")
    .replaceAll(/\\[ \t]*\r?\n/g, " ")
    .split("\n")
    .flatMap((line) => {
      const [, instruction, rest = ""] = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
      return instruction === undefined ? [] : [[instruction.toUpperCase(), rest]];
    });
